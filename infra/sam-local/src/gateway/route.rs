//! Which route takes a request: full matches before greedy ones, those before `$default`.

use crate::template::{Event, Function, Route};
use std::collections::BTreeMap;

/// All routes of the API.
#[derive(Debug, Default)]
pub struct Routes(Vec<(Route, String)>);

/// A route that matches a request.
#[derive(Debug)]
pub struct Hit<'a> {
    /// The route.
    pub route: &'a Route,
    /// Logical id of its function.
    pub function: String,
    /// `pathParameters`, percent-decoded.
    pub parameters: BTreeMap<String, String>,
}

impl Hit<'_> {
    /// `routeKey` of the event.
    pub fn route_key(&self) -> String {
        match &self.route.method {
            Some(method) => format!("{method} {}", self.route.path),
            None => "$default".to_owned(),
        }
    }
}

impl Routes {
    /// The `HttpApi` events of all functions.
    pub fn new(functions: &[Function]) -> Self {
        let routes = functions.iter().flat_map(|f| {
            f.events.iter().filter_map(|(_, event)| match event {
                Event::Http(route) => Some((route.clone(), f.id.clone())),
                _ => None,
            })
        });
        Self(routes.collect())
    }

    /// Paths of all routes.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(route, _)| route.path.as_str())
    }

    /// Whether some route is written as exactly this path.
    pub fn has_path(&self, path: &str) -> bool {
        self.paths().any(|p| p == path)
    }

    /// The most specific route for a request.
    pub fn find(&self, method: &str, path: &str) -> Option<Hit<'_>> {
        let candidates = self.0.iter().filter_map(|(route, function)| {
            let named = route.method.as_deref();
            if !matches!(named, None | Some("ANY")) && named != Some(method) {
                return None;
            }
            let (rank, parameters) = match named {
                None => (Vec::from([3]), BTreeMap::new()),
                Some(_) => match_path(&route.path, path)?,
            };
            let exact_method = named == Some(method);
            Some((
                (rank, !exact_method),
                Hit {
                    route,
                    function: function.clone(),
                    parameters,
                },
            ))
        });
        candidates
            .min_by(|(a, _), (b, _)| a.cmp(b))
            .map(|(_, hit)| hit)
    }
}

/// Matches segment by segment. The rank orders routes: literal 0, variable 1, greedy 2.
fn match_path(template: &str, path: &str) -> Option<(Vec<u8>, BTreeMap<String, String>)> {
    let mut segments = path.trim_start_matches('/').split('/');
    let (mut rank, mut parameters) = (Vec::new(), BTreeMap::new());
    for part in template.trim_start_matches('/').split('/') {
        let name = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
        match name {
            Some(name) if name.ends_with('+') => {
                let rest: Vec<_> = segments.by_ref().collect();
                let rest = rest.join("/");
                rank.push(2);
                parameters.insert(name.trim_end_matches('+').to_owned(), decode(&rest));
                return (!rest.is_empty()).then_some((rank, parameters));
            }
            Some(name) => {
                let value = segments.next().filter(|s| !s.is_empty())?;
                rank.push(1);
                parameters.insert(name.to_owned(), decode(value));
            }
            None => {
                rank.push(0);
                (segments.next()? == part).then_some(())?;
            }
        }
    }
    segments.next().is_none().then_some((rank, parameters))
}

/// Percent-decoding; broken escapes stay as they are.
pub(super) fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(h, l)| h * 16 + l),
            _ => None,
        };
        out.push(escaped.unwrap_or(*first));
        rest = tail
            .get(if escaped.is_some() { 2 } else { 0 }..)
            .unwrap_or_default();
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn routes(list: &[(&str, &str)]) -> Routes {
        let route = |(method, path): &(&str, &str)| {
            let method = (*method != "$default").then(|| (*method).to_owned());
            let route = Route {
                method,
                path: (*path).to_owned(),
                iam: false,
                timeout: Duration::from_secs(30),
            };
            (route, (*path).to_owned())
        };
        Routes(list.iter().map(route).collect())
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&[
            ("$default", "$default"),
            ("ANY", "/{proxy+}"),
            ("ANY", "/orders/{id}"),
            ("GET", "/orders/7"),
            ("POST", "/v1/{a}/x"),
            ("ANY", "/v1/{a+}"),
        ]);
        for (method, path, key) in [
            ("GET", "/orders/7", "GET /orders/7"),
            ("POST", "/orders/7", "ANY /orders/{id}"),
            ("GET", "/orders/a/b", "ANY /{proxy+}"),
            ("POST", "/v1/q/x", "POST /v1/{a}/x"),
            ("GET", "/v1/q/x", "ANY /v1/{a+}"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(
                routes.find(method, path).unwrap().route_key(),
                key,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn parameters_are_decoded_and_nothing_matches_by_half() {
        let routes = routes(&[("ANY", "/orders/{id}"), ("GET", "/files/{path+}")]);
        assert_eq!(
            routes.find("GET", "/orders/a%20b").unwrap().parameters["id"],
            "a b"
        );
        assert_eq!(
            routes.find("GET", "/files/a/b%2Fc").unwrap().parameters["path"],
            "a/b/c"
        );
        for path in [
            "/orders",
            "/orders/",
            "/orders/a/b",
            "/ordersx/a",
            "/files/",
        ] {
            assert!(routes.find("GET", path).is_none(), "{path}");
        }
        assert_eq!(decode("%e4%bd%a0%zz%"), "你%zz%");
    }
}

//! The routes of a function behind the HTTP API.

use super::{HttpRequest, HttpResponse};
use std::pin::Pin;

/// A route as it stands in `template.yaml`. A function's table of routes and handlers feeds its
/// dispatcher, the document `infra/openapi.yaml`, and the check against the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path; `{name}` stands for one part of it, `{name+}` for all that follows.
    pub path: &'static str,
    /// Its `operationId` in the document; none for what only browsers and crawlers ask for.
    pub operation: Option<&'static str>,
}

/// The answer of an asynchronous handler.
pub type Answer<'a, E> = Pin<Box<dyn Future<Output = Result<HttpResponse, E>> + Send + 'a>>;

/// Why a request has no handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unrouted {
    /// Its path is no route.
    Path,
    /// Its path has other methods: these, as the header `allow` names them.
    Method(String),
}

impl Route {
    /// The handler of a request, by its method and by the path of the route that the gateway matched.
    ///
    /// # Errors
    /// When the table has no such route.
    pub fn handler<H: Copy>(routes: &[(Self, H)], request: &HttpRequest) -> Result<H, Unrouted> {
        let path = request.route_path();
        let here = || routes.iter().filter(|(route, _)| route.path == path);
        let found = here().find(|(route, _)| route.method == request.method());
        found.map(|(_, handler)| *handler).ok_or_else(|| {
            let methods: Vec<_> = here().map(|(route, _)| route.method).collect();
            match methods.as_slice() {
                [] => Unrouted::Path,
                methods => Unrouted::Method(methods.join(", ")),
            }
        })
    }
}

/// A table of routes: `METHOD "path" operationId => handler`, the id only where there is one.
#[macro_export]
macro_rules! routes {
    ($($method:ident $path:literal $($operation:ident)? => $handler:expr,)*) => {
        [$((
            $crate::lambda::Route {
                method: stringify!($method),
                path: $path,
                operation: $crate::routes!(@ $($operation)?),
            },
            $handler,
        ),)*]
    };
    (@) => { None };
    (@ $operation:ident) => { Some(stringify!($operation)) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ROUTES: [(Route, u8); 3] = crate::routes! {
        GET "/a/{id}" readA => 1,
        PUT "/a/{id}" => 2,
        POST "/a" createA => 3,
    };

    fn ask(method: &str, route: &str) -> Result<u8, Unrouted> {
        let request =
            json!({ "requestContext": { "routeKey": route, "http": { "method": method } } });
        Route::handler(&ROUTES, &serde_json::from_value(request).unwrap())
    }

    #[test]
    fn a_request_goes_to_the_route_of_its_path_and_method() {
        assert_eq!(ask("PUT", "ANY /a/{id}"), Ok(2));
        assert_eq!(ask("POST", "POST /a"), Ok(3));
        assert_eq!(
            ask("DELETE", "ANY /a/{id}"),
            Err(Unrouted::Method("GET, PUT".to_owned()))
        );
        assert_eq!(ask("GET", "$default"), Err(Unrouted::Path));
        assert_eq!(
            ROUTES.map(|(route, _)| route.operation),
            [Some("readA"), None, Some("createA")]
        );
    }
}

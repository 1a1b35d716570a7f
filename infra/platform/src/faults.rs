//! Faults of the WeChat API, switched on and off at run time.

use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The call is refused with `errcode`; it has no effect.
    Errcode,
    /// The answer comes `delay_ms` later.
    Delay,
    /// The call has its effect; the connection is cut before the answer.
    Cut,
    /// The connection is cut and the call has no effect.
    CutUnprocessed,
    /// The call has its effect; the connection is cut half-way through the body.
    CutHalf,
    /// The call has its effect; then nothing comes for `delay_ms` (30 000), and the connection is cut.
    Hang,
    /// Nothing comes for `delay_ms` (30 000), the connection is cut, and the call has no effect.
    HangUnprocessed,
    /// A gateway answers 502 with an HTML page; the call has no effect.
    #[serde(rename = "gateway_502")]
    Gateway502,
    /// The call has its effect; a gateway answers 504 with an HTML page.
    #[serde(rename = "gateway_504")]
    Gateway504,
    /// The call has its effect; the answer's bytes are no text.
    Garbage,
    /// The call has its effect; the answer is empty.
    Empty,
    /// The call has its effect; control characters stand inside the strings of the JSON.
    ControlCharacters,
    /// The call has its effect; the JSON ends too early, in a body that is whole for HTTP.
    TruncatedJson,
    /// One of the faults in `of`, each as likely as the others.
    Mixed,
}

/// Every kind by its name, for people.
pub(crate) const KINDS: [&str; 14] = [
    "errcode",
    "delay",
    "cut",
    "cut_unprocessed",
    "cut_half",
    "hang",
    "hang_unprocessed",
    "gateway_502",
    "gateway_504",
    "garbage",
    "empty",
    "control_characters",
    "truncated_json",
    "mixed",
];

/// What `mixed` draws from when `of` is empty: every way a call fails, before and after its effect.
const EVERY_WAY: &[FaultKind] = &[
    FaultKind::Cut,
    FaultKind::CutUnprocessed,
    FaultKind::CutHalf,
    FaultKind::Hang,
    FaultKind::HangUnprocessed,
    FaultKind::Gateway502,
    FaultKind::Gateway504,
    FaultKind::Garbage,
    FaultKind::Empty,
    FaultKind::ControlCharacters,
    FaultKind::TruncatedJson,
];
/// And every code that says "not now".
const EVERY_CODE: &[i64] = &[-1, 40_001, 40_014, 42_001, 45_009, 45_011];
const HANG_MS: u64 = 30_000;

/// A fault and where it strikes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Beginning of the paths it strikes; empty: all.
    #[serde(default)]
    pub path: String,
    /// The account it strikes; absent: all.
    #[serde(default)]
    pub app_id: Option<String>,
    /// How many calls it strikes; absent: until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// Share of the calls it strikes, 0 to 1 (default 1).
    #[serde(default = "always")]
    pub probability: f64,
    /// Start of the random numbers behind `probability` (default: from the order of the faults).
    #[serde(default)]
    pub seed: Option<u64>,
    /// With kind `errcode`: the code.
    #[serde(default)]
    pub errcode: Option<i64>,
    /// With kind `errcode`: the message instead of the usual one.
    #[serde(default)]
    pub errmsg: Option<String>,
    /// With kinds `delay`, `hang` and `hang_unprocessed`: milliseconds.
    #[serde(default)]
    pub delay_ms: Option<u64>,
    /// With kind `mixed`: what it draws from (`kind`, `errcode`, `errmsg` and `delay_ms` count);
    /// empty: every kind, and the codes -1, 40001, 40014, 42001, 45009, 45011.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<FaultSpec>,
}

impl FaultSpec {
    /// A fault that strikes every call, until it is cleared.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            path: String::new(),
            app_id: None,
            times: None,
            probability: always(),
            seed: None,
            errcode: None,
            errmsg: None,
            delay_ms: None,
            of: Vec::new(),
        }
    }

    /// Checks that what the kind needs is there.
    fn check(&self) -> Result<(), Refusal> {
        match self.kind {
            FaultKind::Errcode if self.errcode.is_none() => {
                Err(Refusal::field("errcode", "needed by kind errcode"))
            }
            FaultKind::Delay if self.delay_ms.is_none() => {
                Err(Refusal::field("delay_ms", "needed by kind delay"))
            }
            _ if !(0.0..=1.0).contains(&self.probability) => {
                Err(Refusal::field("probability", "must be from 0 to 1"))
            }
            _ if self.of.iter().any(|one| one.kind == FaultKind::Mixed) => {
                Err(Refusal::field("of", "must not be mixed again"))
            }
            _ => self.of.iter().try_for_each(Self::check),
        }
    }
}

/// Everything `mixed` knows.
fn every_way() -> Vec<FaultSpec> {
    let ways = EVERY_WAY.iter().map(|kind| FaultSpec::new(*kind));
    let codes = EVERY_CODE.iter().map(|code| FaultSpec {
        errcode: Some(*code),
        ..FaultSpec::new(FaultKind::Errcode)
    });
    ways.chain(codes).collect()
}

fn always() -> f64 {
    1.0
}

/// A fault that is switched on.
#[derive(Clone, Debug, Serialize)]
pub struct FaultView {
    /// Names the fault.
    pub id: u64,
    /// The fault as it was given; `times` counts down.
    #[serde(flatten)]
    pub spec: FaultSpec,
    /// Calls struck so far.
    pub struck: u64,
}

/// What strikes one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strike {
    pub(crate) delay_ms: u64,
    /// The first fault that matched and is no delay.
    pub(crate) fault: Option<FaultSpec>,
}

impl Strike {
    pub(crate) fn kind(&self) -> Option<FaultKind> {
        self.fault.as_ref().map(|fault| fault.kind)
    }

    /// How long a call that hangs is held.
    pub(crate) fn hang_ms(&self) -> u64 {
        let told = self.fault.as_ref().and_then(|fault| fault.delay_ms);
        told.unwrap_or(HANG_MS)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let delay = (self.delay_ms > 0).then(|| format!("delay {} ms", self.delay_ms));
        let fault = self.fault.as_ref().map(|fault| match fault.errcode {
            Some(errcode) => format!("errcode {errcode}"),
            None => json!(fault.kind).as_str().unwrap_or_default().to_owned(),
        });
        delay.into_iter().chain(fault).collect()
    }
}

/// The faults switched on, in the order they were given.
#[derive(Default)]
pub(crate) struct Faults {
    active: Vec<Active>,
    next_id: u64,
}

struct Active {
    view: FaultView,
    random: fastrand::Rng,
}

impl Active {
    fn strikes(&mut self, path: &str, app_id: Option<&str>) -> bool {
        let spec = &mut self.view.spec;
        let account = spec.app_id.is_none() || spec.app_id.as_deref() == app_id;
        if !account || !path.starts_with(&spec.path) || spec.times == Some(0) {
            return false;
        }
        if self.random.f64() >= spec.probability {
            return false;
        }
        spec.times = spec.times.map(|left| left - 1);
        self.view.struck += 1;
        true
    }

    /// The fault itself, or one of those it mixes.
    fn draw(&mut self) -> FaultSpec {
        let spec = &self.view.spec;
        if spec.kind != FaultKind::Mixed {
            return spec.clone();
        }
        let drawn = spec.of.get(self.random.usize(..spec.of.len()));
        drawn.unwrap_or(spec).clone()
    }
}

impl Faults {
    /// Switches a fault on. Refused when a field its kind needs is missing.
    pub(crate) fn add(&mut self, mut spec: FaultSpec) -> Result<FaultView, Refusal> {
        if spec.kind == FaultKind::Mixed && spec.of.is_empty() {
            spec.of = every_way();
        }
        spec.check()?;
        self.next_id += 1;
        let random = fastrand::Rng::with_seed(spec.seed.unwrap_or(self.next_id));
        let view = FaultView {
            id: self.next_id,
            spec,
            struck: 0,
        };
        self.active.push(Active {
            view: view.clone(),
            random,
        });
        Ok(view)
    }

    pub(crate) fn list(&self) -> Vec<FaultView> {
        self.active
            .iter()
            .map(|active| active.view.clone())
            .collect()
    }

    /// Switches one fault off, or all.
    pub(crate) fn clear(&mut self, id: Option<u64>) -> Result<(), Refusal> {
        let before = self.active.len();
        self.active
            .retain(|active| id.is_some_and(|id| id != active.view.id));
        match id {
            Some(id) if self.active.len() == before => Err(Refusal::Unknown {
                what: "fault",
                name: id.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// What strikes this call. Delays add up; of the others the first one counts.
    pub(crate) fn strike(&mut self, path: &str, app_id: Option<&str>) -> Strike {
        let mut strike = Strike::default();
        for active in &mut self.active {
            let is_delay = active.view.spec.kind == FaultKind::Delay;
            if (!is_delay && strike.fault.is_some()) || !active.strikes(path, app_id) {
                continue;
            }
            let fault = active.draw();
            match fault.delay_ms {
                Some(ms) if fault.kind == FaultKind::Delay => strike.delay_ms += ms,
                _ => strike.fault = Some(fault),
            }
        }
        strike
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: serde_json::Value) -> FaultSpec {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn scope_and_times_are_kept() {
        let mut faults = Faults::default();
        let busy = serde_json::json!({"kind": "errcode", "errcode": -1, "path": "/cgi-bin/t", "app_id": "wx1", "times": 1});
        faults.add(spec(busy)).unwrap();
        assert!(faults.strike("/cgi-bin/menu", Some("wx1")).fault.is_none());
        assert!(faults.strike("/cgi-bin/token", Some("wx2")).fault.is_none());
        assert!(faults.strike("/cgi-bin/token", Some("wx1")).fault.is_some());
        assert!(faults.strike("/cgi-bin/token", Some("wx1")).fault.is_none());
        assert_eq!(faults.list()[0].struck, 1);
    }

    #[test]
    fn delays_add_up_and_the_first_other_fault_counts() {
        let mut faults = Faults::default();
        faults
            .add(spec(serde_json::json!({"kind": "delay", "delay_ms": 2})))
            .unwrap();
        faults
            .add(spec(serde_json::json!({"kind": "cut"})))
            .unwrap();
        faults
            .add(spec(serde_json::json!({"kind": "delay", "delay_ms": 3})))
            .unwrap();
        let untouched = faults
            .add(spec(serde_json::json!({"kind": "gateway_502"})))
            .unwrap();
        let strike = faults.strike("/", None);
        assert_eq!((strike.delay_ms, strike.kind()), (5, Some(FaultKind::Cut)));
        assert_eq!(faults.list().last().unwrap().struck, untouched.struck);
        faults.clear(None).unwrap();
        assert!(faults.strike("/", None).names().is_empty());
    }

    #[test]
    fn the_same_seed_strikes_the_same_calls() {
        let run = || {
            let mut faults = Faults::default();
            faults
                .add(spec(
                    serde_json::json!({"kind": "cut", "probability": 0.5, "seed": 7}),
                ))
                .unwrap();
            (0..64)
                .map(|_| faults.strike("/", None).fault.is_some())
                .collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        assert!(run().contains(&true) && run().contains(&false));
    }

    #[test]
    fn the_names_are_those_that_are_read() {
        let unknown = serde_json::from_str::<FaultKind>("\"x\"").unwrap_err();
        let unknown = unknown.to_string();
        let read: Vec<_> = unknown.split('`').skip(3).step_by(2).collect();
        assert_eq!(read, KINDS);
    }

    #[test]
    fn half_a_fault_is_refused() {
        let mut faults = Faults::default();
        assert!(
            faults
                .add(spec(serde_json::json!({"kind": "errcode"})))
                .is_err()
        );
        assert!(
            faults
                .add(spec(serde_json::json!({"kind": "delay"})))
                .is_err()
        );
        assert!(
            faults
                .add(spec(serde_json::json!({"kind": "cut", "probability": 2})))
                .is_err()
        );
        assert!(faults.clear(Some(9)).is_err());
    }
}

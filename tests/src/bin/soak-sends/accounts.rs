//! Three accounts: two as fast as the machine, one that is careful.

/// An account of the run.
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) app_id: &'static str,
    pub(crate) per_minute: u32,
    pub(crate) lanes: u16,
    pub(crate) gap_ms: u32,
    pub(crate) jitter_ms: [u32; 2],
}

pub(crate) const ACCOUNTS: [Account; 3] = [
    Account {
        name: "fast",
        app_id: "wx00000000000000f1",
        per_minute: 600_000,
        lanes: 64,
        gap_ms: 0,
        jitter_ms: [0, 0],
    },
    Account {
        name: "quick",
        app_id: "wx00000000000000f2",
        per_minute: 600_000,
        lanes: 64,
        gap_ms: 0,
        jitter_ms: [0, 0],
    },
    Account {
        name: "careful",
        app_id: "wx00000000000000f3",
        per_minute: 600,
        lanes: 2,
        gap_ms: 20,
        jitter_ms: [0, 40],
    },
];

/// The accounts file.
pub(crate) fn file() -> String {
    ACCOUNTS
        .iter()
        .map(|account| {
            let Account { name, app_id, per_minute, lanes, gap_ms, jitter_ms: [from, to] } = account;
            format!(
                "[accounts.{name}]\napp_id = \"{app_id}\"\noriginal_id = \"gh_{name}00000\"\nkind = \"service\"\n\
                 app_secret = \"0123456789abcdef0123456789abcdef\"\ntoken = \"soaktoken\"\nmode = \"plain\"\n\
                 pace = {{ per_minute = {per_minute}, lanes = {lanes}, gap_ms = {gap_ms}, jitter_ms = [{from}, {to}], \
                 per_day = 10000000 }}\n"
            )
        })
        .collect()
}

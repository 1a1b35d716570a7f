// The handlers that rules may `run`, each by its name. Checks of rules files read the names from here.
handlers! {
    "since" => since::since,
}

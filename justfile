# `just ci` is what CI runs.

default: run

run:
    cargo run

ci:
    .ci/run

fmt:
    cargo fmt --all

lint:
    cargo clippy --workspace --all-targets -- -D warnings

test:
    cargo test --workspace

# What the code amounts to, beside its budgets: `just figures ../before` reads another checkout.
figures *checkout:
    cargo run --quiet --bin figures -- {{checkout}}

bench:
    cargo bench -p shared --bench message_path

build:
    sam build

deploy: build
    sam deploy

# The book of docs/ as pages below target/book: needs mdbook (cargo install --locked mdbook@0.5.4).
book:
    mdbook build docs

# What the stack costs, from list prices: `just costs --lines` says what each sum consists of.
costs *lines:
    infra/costs {{lines}}

# Zips and figures of every function: `just release x86_64`; needs infra/release/requirements.txt.
release architecture="arm64":
    infra/release/build {{architecture}}

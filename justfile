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

bench:
    cargo bench -p shared --bench message_path

build:
    sam build

deploy: build
    sam deploy

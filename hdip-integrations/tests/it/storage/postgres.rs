//! PostgreSQL.

server_tests!(Postgres);

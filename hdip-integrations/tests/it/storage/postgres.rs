//! PostgreSQL.

use super::fresh::Kind;

server_tests!(Kind::Postgres);

//! Storage on SQLite, MySQL/MariaDB and PostgreSQL. What holds on each is in [`common`]; [`servers`] is what only
//! a database with a server can be asked.

mod common;
mod copy;
mod fresh;
#[macro_use]
mod servers;
mod cutting;
mod mysql;
mod old_rows;
mod plans;
mod postgres;
mod schema;
mod sqlite;

//! Databases of a server, made for one test and dropped after it.

use hdip_core::testkit::contract::skipped;
use hdip_integrations::storage::Database;
use hdip_integrations::storage::sql::copy::sheets;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Mysql,
    Postgres,
}

impl Kind {
    /// Where the server is: `HDIP_TEST_MYSQL_URL`, `HDIP_TEST_POSTGRES_URL`, or its usual port on this machine.
    fn server(self) -> String {
        let (variable, usual) = match self {
            Self::Mysql => ("HDIP_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306"),
            Self::Postgres => ("HDIP_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432"),
        };
        std::env::var(variable).unwrap_or_else(|_| usual.to_owned()).trim_end_matches('/').to_owned()
    }

    async fn run(self, sql: String) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Mysql => {
                let mut connection = MySqlConnection::connect(&format!("{}/mysql", self.server())).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            }
            Self::Postgres => {
                let mut connection = PgConnection::connect(&format!("{}/postgres", self.server())).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            }
        }
    }
}

/// A database that is dropped with this.
#[derive(Debug)]
pub struct Fresh {
    kind: Kind,
    name: String,
    /// Its address.
    pub url: String,
    /// Whether another test may have it afterwards: its schema is the present one.
    shared: bool,
}

/// Databases whose schema is made already, which takes longer than most tests: emptied, another test uses them. The
/// last test that has one drops all.
#[derive(Debug)]
struct Shared {
    live: BTreeMap<Kind, usize>,
    idle: Vec<(Kind, String)>,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared { live: BTreeMap::new(), idle: Vec::new() });

fn shared() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fresh {
    /// An empty database, without tables. None, and a line that says why, if the server does not answer; that
    /// is a failure where services are required.
    pub async fn empty(kind: Kind) -> Option<Self> {
        let name = format!("hdip_test_{:016x}", rand::random::<u64>());
        let sql = match kind {
            // The server's own collation is the worst there is for us, and must not matter.
            Kind::Mysql => format!("CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_swedish_ci"),
            Kind::Postgres => format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
        };
        let made = tokio::time::timeout(Duration::from_secs(30), kind.run(sql)).await;
        match made {
            Ok(Ok(())) => {
                let url = format!("{}/{name}", kind.server());
                Some(Self { kind, name, url, shared: false })
            }
            trouble => {
                let why = match trouble {
                    Ok(Err(error)) => error.to_string(),
                    _ => "no answer".to_owned(),
                };
                let required = std::env::var("HDIP_REQUIRE_SERVICES").is_ok_and(|v| v == "1");
                assert!(!required, "{kind:?} is required: {why}");
                skipped(&format!("{kind:?}"), &why);
                None
            }
        }
    }

    /// A database at the present schema, and a few connections to it.
    pub async fn migrated(kind: Kind) -> Option<(Self, Database)> {
        let used = {
            let mut shared = shared();
            let at = shared.idle.iter().position(|(of, _)| *of == kind);
            at.map(|at| shared.idle.swap_remove(at).1)
        };
        let mut fresh = match used {
            Some(name) => Self { kind, url: format!("{}/{name}", kind.server()), name, shared: false },
            None => Self::empty(kind).await?,
        };
        let database = fresh.connect().await;
        database.migrate().await.unwrap();
        let everything: Vec<_> = sheets().iter().map(|s| format!("DELETE FROM \"{}\"", s.name)).collect();
        fresh.raw().await.run(&everything.join("; ")).await.unwrap();
        fresh.shared = true;
        *shared().live.entry(kind).or_insert(0) += 1;
        Some((fresh, database))
    }

    /// Connects anew.
    pub async fn connect(&self) -> Database {
        Database::connect(&self.url, 8).await.unwrap()
    }

    /// A connection of the driver's own, past the adapter.
    pub async fn raw(&self) -> Raw {
        match self.kind {
            Kind::Mysql => {
                let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
                let mode = "SET SESSION sql_mode = 'ANSI_QUOTES'; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
                sqlx::raw_sql(mode).execute(&mut connection).await.unwrap();
                Raw::Mysql(connection)
            }
            Kind::Postgres => Raw::Postgres(PgConnection::connect(&self.url).await.unwrap()),
        }
    }

    /// Waits until a statement of somebody waits for a lock.
    pub async fn until_somebody_waits(&self) {
        let mut raw = self.raw().await;
        match self.kind {
            // Not INNODB_TRX: that is a cache, which is never made anew while it is asked often.
            Kind::Mysql => {
                let threads = format!(
                    "SELECT CAST(ID AS CHAR(20)) FROM information_schema.PROCESSLIST WHERE DB = '{}'",
                    self.name
                );
                patiently(async || {
                    let threads = raw.texts(&threads).await.concat();
                    let status = raw.texts("SHOW ENGINE INNODB STATUS").await.concat().join("\n");
                    status.split("---TRANSACTION").skip(1).any(|of| {
                        let thread =
                            of.split("thread id ").nth(1).and_then(|rest| rest.split([',', ' ']).next());
                        of.contains("LOCK WAIT") && thread.is_some_and(|id| threads.iter().any(|t| t == id))
                    })
                })
                .await;
            }
            Kind::Postgres => {
                let sql = format!(
                    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{}' AND wait_event_type = 'Lock'",
                    self.name
                );
                patiently(async || raw.number(&sql).await > 0).await;
            }
        }
    }

    /// Ends every connection to this database but the one that does it.
    pub async fn cut_all(&self, but: &mut Raw) {
        match but {
            Raw::Mysql(connection) => {
                let sql = format!(
                    "SELECT CAST(ID AS SIGNED) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID <> CONNECTION_ID()",
                    self.name
                );
                let ids: Vec<i64> =
                    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *connection).await.unwrap();
                for id in ids {
                    let _ =
                        sqlx::raw_sql(AssertSqlSafe(format!("KILL {id}"))).execute(&mut *connection).await;
                }
            }
            Raw::Postgres(connection) => {
                let sql = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
                    self.name
                );
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
            }
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let (kind, mut names) = (self.kind, vec![self.name.clone()]);
        if self.shared {
            let mut shared = shared();
            let live = shared.live.entry(kind).or_insert(1);
            *live -= 1;
            if *live > 0 {
                shared.idle.push((kind, self.name.clone()));
                return;
            }
            let (gone, kept): (Vec<_>, Vec<_>) = shared.idle.drain(..).partition(|(of, _)| *of == kind);
            shared.idle = kept;
            names.extend(gone.into_iter().map(|(_, name)| name));
        }
        // The test's own runtime is in the middle of something.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let force = if kind == Kind::Postgres { " WITH (FORCE)" } else { "" };
            names.iter().try_for_each(|name| {
                let sql = format!("DROP DATABASE IF EXISTS {name}{force}");
                runtime.block_on(kind.run(sql)).map_err(std::io::Error::other)
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            eprintln!("{} could not be dropped", self.name);
        }
    }
}

/// A connection past the adapter.
pub enum Raw {
    Mysql(MySqlConnection),
    Postgres(PgConnection),
}

impl Raw {
    /// Runs statements.
    pub async fn run(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Mysql(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ()),
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ()),
        }
    }

    /// The only number of an answer.
    pub async fn number(&mut self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Mysql(connection) => sqlx::query_scalar(sql).fetch_one(connection).await.unwrap(),
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await.unwrap(),
        }
    }

    /// Rows of texts.
    pub async fn texts(&mut self, sql: &str) -> Vec<Vec<String>> {
        fn cells<R: sqlx::Row>(rows: Vec<R>) -> Vec<Vec<String>>
        where
            String: for<'r> sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
            usize: sqlx::ColumnIndex<R>,
        {
            rows.iter()
                .map(|row| {
                    (0..row.len())
                        .map(|i| row.try_get::<Option<String>, _>(i).unwrap().unwrap_or_default())
                        .collect()
                })
                .collect()
        }
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Mysql(connection) => cells(sqlx::query(sql).fetch_all(connection).await.unwrap()),
            Self::Postgres(connection) => cells(sqlx::query(sql).fetch_all(connection).await.unwrap()),
        }
    }
}

/// Asks until the answer is yes, for half a minute.
pub async fn patiently(mut asked: impl AsyncFnMut() -> bool) {
    for _ in 0..3_000 {
        if asked().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to that");
}

//! Settings: defaults, then a TOML file, then `HDIP_…` variables; each later one wins.
//!
//! Names are flat and the same everywhere: `smtp_host` in the file is `HDIP_SMTP_HOST` in the environment.

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map};
use figment::{Figment, Metadata, Profile, Provider};
use hdip_core::OperatorProfile;
use hdip_core::alerts::AlertThresholds;
use hdip_core::values::{Email, Locale, Zone};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// Where this server stands. Production refuses what only development may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// On someone's own machine: mailbox, seed and a known secret are fine.
    Development,
    /// Like production, but mails go only to an allow-list.
    Staging,
    /// For real.
    Production,
}

/// How the SMTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpProtection {
    /// Not at all.
    None,
    /// STARTTLS.
    Starttls,
    /// From the first byte.
    Implicit,
}

/// How workers hear of background jobs before their sweep finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueChoice {
    /// Within this process only.
    Local,
    /// From any machine, through RabbitMQ.
    Rabbitmq,
}

/// What kind of queue the broker keeps announcements in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    /// Replicated over the broker's nodes.
    Quorum,
    /// On one node.
    Classic,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A text that is not shown. `Debug` and serialising give `…`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The secret of development: known to everybody, refused elsewhere.
pub const DEVELOPMENT_SECRET: &str = "development-only-secret-known-to-everybody";

/// Addresses and networks (`10.0.0.0/8`, `::1`), separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "List")]
pub struct Proxies(Vec<(IpAddr, u8)>);

impl Proxies {
    /// Whether the address is in one of the networks.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, bits)| match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(*bits);
                let cut = |ip: u32| ip.checked_shr(shift).unwrap_or(0);
                cut(network.to_bits()) == cut(address.to_bits())
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(*bits);
                let cut = |ip: u128| ip.checked_shr(shift).unwrap_or(0);
                cut(network.to_bits()) == cut(address.to_bits())
            }
            _ => false,
        })
    }
}

impl std::str::FromStr for Proxies {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        List::from_text(text).try_into()
    }
}

impl TryFrom<List> for Proxies {
    type Error = String;
    fn try_from(list: List) -> Result<Self, String> {
        list.0.iter().map(|text| network(text)).collect::<Result<_, _>>().map(Self)
    }
}

fn network(text: &str) -> Result<(IpAddr, u8), String> {
    let wrong = || format!("{text:?} is neither an address nor a network such as 10.0.0.0/8");
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
    if bits > most { Err(wrong()) } else { Ok((address, bits)) }
}

/// A list: an array in TOML, separated by commas in the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List(pub Vec<String>);

impl List {
    fn from_text(text: &str) -> Self {
        Self(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Array(Vec<String>),
        }
        Ok(match Form::deserialize(from)? {
            Form::Text(text) => Self::from_text(&text),
            Form::Array(parts) => Self(parts),
        })
    }
}

/// No default.
const UNSET: Option<()> = None;

macro_rules! settings {
    ($($(#[doc = $doc_text:literal])* $name:ident: $type:ty = $default:expr;)*) => {
        /// The settings.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Config { $($(#[doc = $doc_text])* pub $name: $type,)* }

        /// The name of every setting.
        pub const SETTINGS: &[&str] = &[$(stringify!($name)),*];

        /// Every setting: name, default, what it is.
        pub fn describe() -> Vec<(&'static str, String, String)> {
            let defaults = defaults();
            vec![$((
                stringify!($name),
                defaults[stringify!($name)].to_string(),
                [$($doc_text),*].concat().trim().to_owned(),
            )),*]
        }

        fn defaults() -> serde_json::Value {
            let all = [$((stringify!($name).to_owned(), serde_json::json!($default))),*];
            serde_json::Value::Object(all.into_iter().collect())
        }
    };
}

settings! {
    /// `development`, `staging` or `production`.
    env: Environment = "development";
    /// Address to listen on.
    listen: SocketAddr = "127.0.0.1:8080";
    /// Where people reach this server: base of every link in a mail. No slash at the end.
    base_url: String = "http://127.0.0.1:8080";
    /// Directory of the database, files and mailbox.
    data_dir: PathBuf = ".hdip";
    /// The SQLite database; `hdip.sqlite` in `data_dir` if not said.
    database_path: Option<PathBuf> = UNSET;
    /// The database: `sqlite:FILE`, `mysql://USER:PASSWORD@HOST/NAME` (also MariaDB) or `postgres://…`; SQLite at
    /// `database_path` if not said.
    database_url: Option<Secret> = UNSET;
    /// Connections to a database that has a server, of this process.
    database_connections: u32 = 10;
    /// The deployment's secret, at least 32 characters, the same on every machine: tokens and links depend on it.
    secret: Secret = DEVELOPMENT_SECRET;
    /// Name of the operator in mails and calendar entries.
    operator_name: String = "HDIP";
    /// Sender of mails.
    operator_mail_from: Email = "interviews@hdip.example";
    /// Where people write for help.
    operator_support: Email = "support@hdip.example";
    /// Zone of the operator's staff.
    operator_zone: Zone = "Asia/Kolkata";
    /// Language by default.
    operator_locale: Locale = "en";
    /// Host of the SMTP relay; without one mails go to the development mailbox.
    smtp_host: Option<String> = UNSET;
    /// Port of the relay.
    smtp_port: u16 = 587;
    /// `none`, `starttls` or `implicit`.
    smtp_tls: SmtpProtection = "starttls";
    /// User at the relay.
    smtp_user: Option<String> = UNSET;
    /// Password at the relay.
    smtp_password: Option<Secret> = UNSET;
    /// Seconds for connecting, and for the answer to a command.
    smtp_timeout_seconds: u64 = 30;
    /// In staging: the only addresses (`a@b.example`) and domains (`b.example`) that get mail.
    mail_allow: List = "";
    /// Jitsi Meet host for meeting rooms.
    jitsi_base_url: String = "https://meet.jit.si";
    /// Origins of web apps on other hosts that may call this API.
    cors_origins: List = "";
    /// Proxies whose `X-Forwarded-For` is believed.
    trusted_proxies: Proxies = "";
    /// Bytes a request's body may have.
    body_limit_bytes: usize = 1_048_576;
    /// Seconds a request may take.
    request_timeout_seconds: u64 = 30;
    /// Requests a minute per user or API key; 0 for no limit.
    rate_limit_per_minute: u32 = 1200;
    /// Minutes an access token lives.
    access_token_minutes: i64 = 15;
    /// Whether `serve` also runs background jobs and timers, as `all` does. `false` where `work` has processes of its own.
    worker: bool = true;
    /// Background jobs run at the same time.
    worker_concurrency: usize = 4;
    /// How workers hear of jobs at once: `local` (in this process) or `rabbitmq`. Either way a sweep finds them a
    /// second later.
    queue: QueueChoice = "local";
    /// The broker: `amqp://user:password@host:5672/%2f`, or `amqps://…`.
    rabbitmq_url: Option<Secret> = UNSET;
    /// What names of queues and exchanges begin with; deployments that share a vhost need different ones.
    queue_prefix: String = "hdip";
    /// `quorum`, or `classic` for a broker of one node.
    queue_type: QueueKind = "quorum";
    /// Seconds until an attempt to send a mail is given up; 1 to 110, since a job is leased for 120.
    mail_timeout_seconds: u64 = 90;
    /// The same for a change of a calendar.
    calendar_timeout_seconds: u64 = 30;
    /// The same for a meeting room.
    video_timeout_seconds: u64 = 30;
    /// After so many calls in a row that did not reach a provider it is not asked for a while.
    breaker_failures: u32 = 5;
    /// Seconds it is not asked.
    breaker_pause_seconds: u64 = 30;
    /// Where `work` serves `/healthz`, `/readyz` and `/metrics`; nowhere if not said.
    operations_listen: Option<SocketAddr> = UNSET;
    /// Whether starting brings the schema up to date. `false` where releases are renewed one instance at a time:
    /// `migrate` is a step of its own then, and an instance is not ready before it is done.
    migrate_on_start: bool = true;
    /// Seconds between being told to stop and taking no more connections: `/readyz` says no meanwhile, so that a load
    /// balancer notices.
    shutdown_delay_seconds: u64 = 0;
    /// Seconds that requests and jobs under way have to end then.
    shutdown_grace_seconds: u64 = 25;
    /// Who is on call: gets mails about trouble with the deployment; `operator_support` if not said.
    alert_mail_to: Option<Email> = UNSET;
    /// Slack-compatible incoming webhook for the same. A secret: whoever has it can post.
    alert_webhook_url: Option<Secret> = UNSET;
    /// Seconds a post may take.
    alert_webhook_timeout_seconds: u64 = 10;
    /// An alert from so many background jobs given up; 0 for none.
    alert_dead_letters: u32 = 1;
    /// An alert from so many jobs that one provider has failed three times or more; 0 for none.
    alert_provider_failures: u32 = 3;
    /// An alert when due work has waited for so many minutes; 0 for none.
    alert_queue_lag_minutes: u32 = 10;
    /// Seconds between two looks at all that.
    alert_check_seconds: u32 = 60;
    /// OpenTelemetry collector for traces (OTLP over HTTP), for example `http://127.0.0.1:4318`; no traces if not said.
    otlp_endpoint: Option<String> = UNSET;
    /// Share of traces that are recorded, 0 to 1.
    otlp_sample: f64 = 1.0;
    /// `text` or `json`.
    log_format: LogFormat = "text";
    /// What to log, as `tracing` filters, for example `info,hdip_core=debug`.
    log: String = "info";
}

/// `HDIP_…` variables that are no settings: for the command line, and for tests.
const OTHERS: &[&str] = &["config", "require_services", "copy_from", "copy_to"];

/// The settings among the variables of the environment. Not figment's own reader: that one guesses types, so
/// that a password of digits is no text any more.
struct Environ(Dict);

impl Environ {
    fn read(variables: impl Iterator<Item = (String, String)>) -> Result<Self, String> {
        let defaults = defaults();
        let mut found = Dict::new();
        for (variable, text) in variables {
            let Some(name) = variable.strip_prefix("HDIP_").map(str::to_lowercase) else { continue };
            let value = match &defaults[&name] {
                serde_json::Value::Number(_) | serde_json::Value::Bool(_) => {
                    text.parse().unwrap_or_else(|never| match never {})
                }
                _ if SETTINGS.contains(&&*name) => figment::value::Value::from(text),
                _ if OTHERS.contains(&&*name) || name.starts_with("test_") => continue,
                // A misspelt name would otherwise leave a default in force, unnoticed.
                _ => return Err(format!("{variable} is no setting; `hdip-server settings` lists them")),
            };
            found.insert(name, value);
        }
        Ok(Self(found))
    }
}

impl Provider for Environ {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
            .interpolater(|_: &Profile, keys: &[&str]| format!("HDIP_{}", keys.join("_").to_uppercase()))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}

/// Settings whose values are shown nowhere, not even when they are of the wrong type.
const SECRETS: &[&str] = &["secret", "smtp_password", "alert_webhook_url", "rabbitmq_url"];

/// What is wrong with the settings, one line each.
fn explain(error: &figment::Error) -> String {
    let line = |error: figment::Error| match error.path.first() {
        Some(name) if SECRETS.contains(&name.as_str()) => {
            format!("{name} must be a text (HDIP_{}); its value is not shown", name.to_uppercase())
        }
        _ => error.to_string(),
    };
    error.clone().into_iter().map(line).collect::<Vec<_>>().join("; ")
}

impl Config {
    /// Reads the file, if one is named, and the environment.
    ///
    /// # Errors
    /// A sentence naming the setting and where it came from.
    pub fn read(file: Option<&Path>) -> Result<Self, String> {
        let mut figment = Figment::from(Serialized::defaults(defaults()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(format!("there is no settings file {}", file.display()));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let config: Self =
            figment.merge(Environ::read(std::env::vars())?).extract().map_err(|error| explain(&error))?;
        config.check()?;
        Ok(config)
    }

    /// The defaults over `data_dir`: a server for tests.
    ///
    /// # Panics
    /// Never: a test of this module reads the defaults.
    pub fn for_tests(data_dir: PathBuf) -> Self {
        let defaults = Figment::from(Serialized::defaults(defaults()));
        let config: Self = defaults.extract().expect("the defaults are settings");
        Self { data_dir, ..config }
    }

    /// What cannot be right together.
    fn check(&self) -> Result<(), String> {
        let production = self.env == Environment::Production;
        let rules = [
            (self.secret.expose().chars().count() < 32, "secret must have at least 32 characters"),
            (
                self.env != Environment::Development && self.secret.expose() == DEVELOPMENT_SECRET,
                "secret must be set outside development: every machine the same, known to nobody",
            ),
            (
                production && self.smtp_host.is_none(),
                "smtp_host must be set in production: the development mailbox delivers nothing",
            ),
            (
                production && !self.base_url.starts_with("https://"),
                "base_url must begin with https:// in production: links in mails are credentials",
            ),
            (
                !(self.base_url.starts_with("http://") || self.base_url.starts_with("https://"))
                    || self.base_url.ends_with('/'),
                "base_url must be http(s)://host, without a slash at the end",
            ),
            (
                self.smtp_user.is_some() != self.smtp_password.is_some(),
                "smtp_user and smtp_password go together",
            ),
            (!(1..=1440).contains(&self.access_token_minutes), "access_token_minutes must be 1 to 1440"),
            (!(1..=64).contains(&self.worker_concurrency), "worker_concurrency must be 1 to 64"),
            (
                self.database_url.is_some() && self.database_path.is_some(),
                "database_url and database_path: only one of them",
            ),
            (
                !["sqlite:", "mysql://", "mariadb://", "postgres://", "postgresql://"]
                    .iter()
                    .any(|scheme| self.database().starts_with(scheme)),
                "database_url must begin with sqlite:, mysql:// or postgres://",
            ),
            (!(2..=1000).contains(&self.database_connections), "database_connections must be 2 to 1000"),
            (self.request_timeout_seconds == 0, "request_timeout_seconds must be at least 1"),
            (
                self.queue == QueueChoice::Rabbitmq && self.rabbitmq_url.is_none(),
                "rabbitmq_url must be set when queue is rabbitmq",
            ),
            (
                [self.mail_timeout_seconds, self.calendar_timeout_seconds, self.video_timeout_seconds]
                    .iter()
                    .any(|seconds| !(1..=110).contains(seconds)),
                "mail_timeout_seconds, calendar_timeout_seconds and video_timeout_seconds must be 1 to 110",
            ),
            (self.breaker_failures == 0, "breaker_failures must be at least 1"),
            (self.alert_check_seconds == 0, "alert_check_seconds must be at least 1"),
            (self.alert_webhook_timeout_seconds == 0, "alert_webhook_timeout_seconds must be at least 1"),
            (!(0.0..=1.0).contains(&self.otlp_sample), "otlp_sample must be 0 to 1"),
            (
                self.otlp_endpoint.is_some() && cfg!(not(feature = "otel")),
                "otlp_endpoint is set, but this server was built without the feature otel",
            ),
            (
                production
                    && self
                        .alert_webhook_url
                        .as_ref()
                        .is_some_and(|url| !url.expose().starts_with("https://")),
                "alert_webhook_url must begin with https:// in production: it is a credential",
            ),
        ];
        match rules.into_iter().find(|(broken, _)| *broken) {
            Some((_, rule)) => Err(rule.to_owned()),
            None => Ok(()),
        }
    }

    /// Where the database is; may hold a password.
    pub fn database(&self) -> String {
        match &self.database_url {
            Some(url) => url.expose().to_owned(),
            None => {
                let file = self.database_path.clone().unwrap_or_else(|| self.data_dir.join("hdip.sqlite"));
                format!("sqlite:{}", file.display())
            }
        }
    }

    /// How the operator is told of trouble. The channel is an adapter's.
    pub fn alert_thresholds(&self) -> AlertThresholds {
        AlertThresholds {
            dead_letters: self.alert_dead_letters,
            provider_failures: self.alert_provider_failures,
            queue_lag_minutes: self.alert_queue_lag_minutes,
            every_seconds: self.alert_check_seconds,
        }
    }

    /// Where files are kept.
    pub fn files(&self) -> PathBuf {
        self.data_dir.join("files")
    }

    /// Where the development mailbox is.
    pub fn outbox(&self) -> PathBuf {
        self.data_dir.join("mailbox")
    }

    /// The operator.
    pub fn operator(&self) -> OperatorProfile {
        OperatorProfile {
            name: self.operator_name.clone(),
            mail_from: self.operator_mail_from.clone(),
            support: self.operator_support.clone(),
            base_url: self.base_url.clone(),
            zone: self.operator_zone,
            locale: self.operator_locale.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_settings_and_show_no_secret() {
        let config = Config::for_tests(".hdip".into());
        config.check().unwrap();
        assert_eq!(SETTINGS.len(), defaults().as_object().unwrap().len());
        assert!(!format!("{config:?}").contains(DEVELOPMENT_SECRET));
    }

    #[test]
    fn production_refuses_what_only_development_may_have() {
        let development = Config::for_tests(".hdip".into());
        let production = Config { env: Environment::Production, ..development.clone() };
        assert!(production.check().unwrap_err().starts_with("secret"));
        let production = Config { secret: Secret::new("x".repeat(32)), ..production };
        assert!(production.check().unwrap_err().starts_with("smtp_host"));
        let production = Config { smtp_host: Some("relay.example".into()), ..production };
        assert!(production.check().unwrap_err().starts_with("base_url"));
        Config { base_url: "https://app.example".into(), ..production }.check().unwrap();
        let staging = Config { env: Environment::Staging, ..development };
        assert!(staging.check().unwrap_err().starts_with("secret"));
    }

    #[test]
    fn the_environment_is_read_by_the_types_of_the_settings() {
        let read = |name: &str, text: &str| {
            let environ = Environ::read([(name.to_owned(), text.to_owned())].into_iter())?;
            let figment = Figment::from(Serialized::defaults(defaults())).merge(environ);
            figment.extract::<Config>().map_err(|error| error.to_string())
        };
        let digits = read("HDIP_SMTP_PASSWORD", "007").unwrap();
        assert_eq!(digits.smtp_password, Some(Secret::new("007")));
        assert_eq!(read("HDIP_SMTP_PORT", "2525").unwrap().smtp_port, 2525);
        assert_eq!(
            read("HDIP_CORS_ORIGINS", "https://a.example, https://b.example").unwrap().cors_origins.0.len(),
            2
        );
        assert!(read("HDIP_SMTP_HSOT", "x").unwrap_err().contains("HDIP_SMTP_HSOT"));
        let wrong = read("HDIP_OPERATOR_ZONE", "Mars/Base").unwrap_err();
        assert!(wrong.contains("Mars/Base") && wrong.contains("HDIP_OPERATOR_ZONE"), "{wrong}");
    }

    #[test]
    fn a_broker_needs_its_address_which_is_never_shown() {
        let config = Config { queue: QueueChoice::Rabbitmq, ..Config::for_tests(".hdip".into()) };
        assert!(config.check().unwrap_err().starts_with("rabbitmq_url"));
        let url = "amqp://hdip:pa55word@broker.example";
        let config = Config { rabbitmq_url: Some(Secret::new(url)), ..config };
        config.check().unwrap();
        assert!(!format!("{config:?}").contains("pa55word"));
    }

    #[test]
    fn a_call_ends_before_the_lease_of_its_job() {
        const { assert!(110 < hdip_core::jobs::LEASE_SECONDS) };
        let config = Config { mail_timeout_seconds: 120, ..Config::for_tests(".hdip".into()) };
        assert!(config.check().unwrap_err().starts_with("mail_timeout_seconds"));
    }

    #[test]
    fn a_wrong_file_is_told_by_its_key_and_shows_no_secret() {
        let read = |text: &str| {
            let figment = Figment::from(Serialized::defaults(defaults())).merge(Toml::string(text));
            figment.extract::<Config>().map_err(|error| explain(&error)).unwrap_err()
        };
        assert!(read("smtp_hsot = 'x'").contains("smtp_hsot"));
        assert!(read("smtp_port = 'many'").contains("smtp_port"));
        for name in SECRETS {
            assert!(SETTINGS.contains(name), "{name}");
            let said = read(&format!("{name} = 8675309"));
            assert!(said.contains(name) && !said.contains("8675309"), "{said}");
        }
        let config = Config::for_tests(".hdip".into());
        let shown =
            Config { alert_webhook_url: Some(Secret::new("https://chat.example/T0/very-secret")), ..config };
        assert!(!format!("{shown:?}").contains("very-secret"));
    }

    #[test]
    fn the_files_of_a_deployment_are_settings() {
        let toml = include_str!("../../deploy/hdip.toml");
        let secrets = include_str!("../../deploy/hdip.env");
        let secrets = secrets.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| {
            let filled = "x".repeat(40);
            (name.to_owned(), filled)
        });
        let environ = Environ::read(secrets.filter(|(name, _)| !name.starts_with('#'))).unwrap();
        let figment =
            Figment::from(Serialized::defaults(defaults())).merge(Toml::string(toml)).merge(environ);
        let config: Config = figment.extract().map_err(|error| explain(&error)).unwrap();
        config.check().unwrap();
        assert!(!config.worker && !config.migrate_on_start && config.env == Environment::Production);
        // systemd waits 60 seconds for it to end.
        assert!(config.shutdown_delay_seconds + config.shutdown_grace_seconds < 60);
        for unit in [
            include_str!("../../deploy/systemd/hdip-serve@.service"),
            include_str!("../../deploy/systemd/hdip-work@.service"),
        ] {
            assert!(unit.contains("TimeoutStopSec=60"));
            let set = unit.lines().filter_map(|line| line.strip_prefix("Environment=")?.split_once('='));
            Environ::read(set.map(|(name, _)| (name.to_owned(), "127.0.0.1:1".to_owned()))).unwrap();
        }
    }

    #[test]
    fn networks_contain_their_addresses() {
        let proxies: Proxies = "10.0.0.0/8, ::1, 192.0.2.7, 0.0.0.0/32".parse().unwrap();
        let has = |ip: &str| proxies.contains(ip.parse().unwrap());
        assert!(has("10.200.3.4") && has("::1") && has("192.0.2.7"));
        assert!(!has("11.0.0.1") && !has("192.0.2.8") && !has("::2"));
        assert!("10.0.0.0/33".parse::<Proxies>().is_err());
        assert!("example.com".parse::<Proxies>().is_err());
    }
}

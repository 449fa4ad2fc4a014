//! The composition root: the one place that knows which adapters stand behind the ports.

use crate::auth::AccessTokens;
use crate::config::{Config, Environment, SmtpProtection};
use crate::database;
use crate::limits::RateLimits;
use async_trait::async_trait;
use hdip_core::ports::{Clock, Ids, Mail, Message, PortError, PortErrorKind, Secrets};
use hdip_core::values::minutes;
use hdip_core::{Hdip, HdipBuilder};
use hdip_integrations::calendar::ics::IcsCalendar;
use hdip_integrations::files::local::LocalFiles;
use hdip_integrations::mail::outbox::OutboxMail;
use hdip_integrations::mail::smtp::{SmtpConfig, SmtpMail, SmtpTls};
use hdip_integrations::queue::LocalQueue;
use hdip_integrations::secrets::{PasswordCost, SoftwareSecrets};
use hdip_integrations::system::{SystemClock, UuidIds};
use hdip_integrations::video::jitsi::JitsiVideo;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The domain.
    pub hdip: Hdip,
    /// The settings.
    pub config: Arc<Config>,
    /// Access tokens.
    pub tokens: Arc<AccessTokens>,
    /// Rate limits.
    pub limits: Arc<RateLimits>,
    /// Fresh ids, for requests.
    pub ids: Arc<dyn Ids>,
    /// The development mailbox, where mails go into one.
    pub outbox: Option<Arc<OutboxMail>>,
}

/// What tests put in the place of the real thing; all `None` for a server.
#[derive(Debug, Default)]
pub struct Replaced {
    /// The clock.
    pub clock: Option<Arc<dyn Clock>>,
    /// Makes password hashing cheap. **Tests only.**
    pub cheap_passwords: bool,
}

/// The ports, the mailbox where there is one, and what tokens are made with.
pub struct Ports {
    /// For [`HdipBuilder::build`], or for the seed, which wants a clock of its own.
    pub builder: HdipBuilder,
    outbox: Option<Arc<OutboxMail>>,
}

/// Opens every adapter the settings ask for.
///
/// # Errors
/// What an adapter says: a database that cannot be opened, a relay that cannot work.
pub async fn open(config: &Config, replaced: Replaced) -> Result<Ports, PortError> {
    let unusable = |what: &str, error: std::io::Error| {
        PortError::new(PortErrorKind::Rejected, "server", "open", what).with_source(error)
    };
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| unusable("the data directory cannot be made", error))?;
    let clock = replaced.clock.unwrap_or_else(|| Arc::new(SystemClock));
    // Any text of 32 characters or more serves as a secret; the key has 32 bytes.
    let key: [u8; 32] = Sha256::digest(config.secret.expose()).into();
    let secrets: Arc<dyn Secrets> = Arc::new(match replaced.cheap_passwords {
        true => SoftwareSecrets::with_cost(key, PasswordCost::TESTS_ONLY)?,
        false => SoftwareSecrets::new(key),
    });
    let (mail, outbox): (Arc<dyn Mail>, _) = match &config.smtp_host {
        Some(host) => (Arc::new(SmtpMail::new(smtp(config, host), clock.clone())?), None),
        None => {
            let outbox = Arc::new(OutboxMail::new(config.outbox(), clock.clone())?);
            (outbox.clone(), Some(outbox))
        }
    };
    let mail = match config.env {
        Environment::Staging => Arc::new(AllowListMail { inner: mail, allowed: config.mail_allow.0.clone() }),
        _ => mail,
    };
    let storage = database::connect(&config.database(), config.database_connections).await?;
    storage.migrate().await?;
    let builder = HdipBuilder {
        storage: storage.storage(),
        clock,
        ids: Arc::new(UuidIds),
        video: Arc::new(JitsiVideo::new(&config.jitsi_base_url, secrets.clone())?),
        secrets,
        files: Arc::new(LocalFiles::new(config.files())?),
        queue: Arc::new(LocalQueue::new()),
        mail,
        calendar: Arc::new(IcsCalendar::new()),
        operator: config.operator(),
    };
    Ok(Ports { builder, outbox })
}

impl AppState {
    /// Over ports that were opened.
    pub fn new(config: Config, ports: Ports) -> Self {
        let Ports { builder, outbox } = ports;
        Self {
            tokens: Arc::new(AccessTokens::new(&*builder.secrets, minutes(config.access_token_minutes))),
            limits: Arc::new(RateLimits::new(config.rate_limit_per_minute)),
            config: Arc::new(config),
            ids: builder.ids.clone(),
            hdip: builder.build(),
            outbox,
        }
    }
}

fn smtp(config: &Config, host: &str) -> SmtpConfig {
    let tls = match config.smtp_tls {
        SmtpProtection::None => SmtpTls::None,
        SmtpProtection::Starttls => SmtpTls::StartTls,
        SmtpProtection::Implicit => SmtpTls::Implicit,
    };
    let limit = Duration::from_secs(config.smtp_timeout_seconds.max(1));
    let smtp = SmtpConfig::new(host, config.smtp_port, tls).timeouts(limit, limit, limit * 10);
    match (&config.smtp_user, &config.smtp_password) {
        (Some(user), Some(password)) => smtp.credentials(user, password.expose()),
        _ => smtp,
    }
}

/// Staging: real people must not get mail about what is tried out.
#[derive(Debug)]
struct AllowListMail {
    inner: Arc<dyn Mail>,
    /// Addresses and domains.
    allowed: Vec<String>,
}

#[async_trait]
impl Mail for AllowListMail {
    async fn send(&self, message: &Message) -> Result<(), PortError> {
        let to = message.to.key();
        let domain = to.rsplit('@').next().unwrap_or_default();
        if self
            .allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&to) || allowed.eq_ignore_ascii_case(domain))
        {
            return self.inner.send(message).await;
        }
        let why = "staging sends only to the addresses and domains in mail_allow";
        Err(PortError::new(PortErrorKind::Rejected, "mail", "send", why))
    }
}

//! The composition root: the one place that knows which adapters stand behind the ports.

use crate::auth::AccessTokens;
use crate::config::{Config, Environment, QueueChoice, QueueKind, SmtpProtection};
use crate::database;
use crate::health::ProcessHealth;
use crate::limits::RateLimits;
use async_trait::async_trait;
use hdip_core::alerts::Alerting;
use hdip_core::ports::{
    Calendar, Chat, Clock, Ids, Mail, Message, PortError, PortErrorKind, Queue, Secrets, Video,
};
use hdip_core::values::minutes;
use hdip_core::{Hdip, HdipBuilder};
use hdip_integrations::calendar::ics::IcsCalendar;
use hdip_integrations::chat::slack::SlackWebhook;
use hdip_integrations::files::local::LocalFiles;
use hdip_integrations::layers::{CircuitBreaker, Layered, Metered, Timeout};
use hdip_integrations::mail::outbox::OutboxMail;
use hdip_integrations::mail::smtp::{SmtpConfig, SmtpMail, SmtpTls};
use hdip_integrations::queue::LocalQueue;
use hdip_integrations::queue::rabbitmq::{QueueType, RabbitConfig, RabbitQueue};
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
    /// The broker, where jobs are announced through one.
    pub broker: Option<Arc<RabbitQueue>>,
    /// What this process knows about itself.
    pub health: Arc<ProcessHealth>,
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
    alerting: Alerting,
    outbox: Option<Arc<OutboxMail>>,
    broker: Option<Arc<RabbitQueue>>,
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
    let mail: Arc<dyn Mail> = Arc::new(protected(config, mail, config.mail_timeout_seconds));
    let mail = match config.env {
        Environment::Staging => Arc::new(AllowListMail { inner: mail, allowed: config.mail_allow.0.clone() }),
        _ => mail,
    };
    let storage = database::connect(&config.database(), config.database_connections).await?;
    if config.migrate_on_start {
        storage.migrate().await?;
    }
    let (queue, broker): (Arc<dyn Queue>, _) = match config.queue {
        QueueChoice::Local => (Arc::new(LocalQueue::new()), None),
        QueueChoice::Rabbitmq => {
            // A broker that is not there is waited for: it is no reason not to start.
            let broker = Arc::new(RabbitQueue::start(rabbitmq(config)?));
            (Arc::new(Layered::<dyn Queue>::new(broker.clone()).with(Metered)), Some(broker))
        }
    };
    let video: Arc<dyn Video> = Arc::new(JitsiVideo::new(&config.jitsi_base_url, secrets.clone())?);
    let calendar: Arc<dyn Calendar> = Arc::new(IcsCalendar::new());
    let chat = webhook(config)?.map(|webhook| Arc::new(webhook) as Arc<dyn Chat>);
    let alerting =
        Alerting { thresholds: config.alert_thresholds(), mail_to: config.alert_mail_to.clone(), chat };
    let builder = HdipBuilder {
        storage: storage.storage(),
        clock,
        ids: Arc::new(UuidIds),
        video: Arc::new(protected(config, video, config.video_timeout_seconds)),
        secrets,
        files: Arc::new(LocalFiles::new(config.files())?),
        queue,
        mail,
        calendar: Arc::new(protected(config, calendar, config.calendar_timeout_seconds)),
        operator: config.operator(),
    };
    Ok(Ports { builder, alerting, outbox, broker })
}

impl AppState {
    /// Over ports that were opened.
    pub fn new(config: Config, ports: Ports) -> Self {
        let Ports { builder, alerting, outbox, broker } = ports;
        Self {
            tokens: Arc::new(AccessTokens::new(&*builder.secrets, minutes(config.access_token_minutes))),
            limits: Arc::new(RateLimits::new(config.rate_limit_per_minute)),
            config: Arc::new(config),
            ids: builder.ids.clone(),
            hdip: builder.build().with_alerting(alerting),
            outbox,
            broker,
            health: Arc::default(),
        }
    }
}

/// What is around every provider: its calls are counted and measured, it is left alone for a while when it cannot
/// be reached, and no call takes for ever. Repeating is the background jobs' matter.
fn protected<P: ?Sized + Send + Sync>(config: &Config, port: Arc<P>, timeout_seconds: u64) -> Layered<P> {
    let pause = Duration::from_secs(config.breaker_pause_seconds);
    Layered::new(port)
        .with(Metered)
        .with(CircuitBreaker::new(config.breaker_failures, pause))
        .with(Timeout::new(Duration::from_secs(timeout_seconds)))
}

fn rabbitmq(config: &Config) -> Result<RabbitConfig, PortError> {
    let url = config.rabbitmq_url.as_ref().map_or("", |url| url.expose());
    let queue_type = match config.queue_type {
        QueueKind::Quorum => QueueType::Quorum,
        QueueKind::Classic => QueueType::Classic,
    };
    let prefetch = u16::try_from(config.worker_concurrency).unwrap_or(u16::MAX);
    Ok(RabbitConfig::new(url)?.prefix(&config.queue_prefix)?.queue_type(queue_type).prefetch(prefetch))
}

/// The operator's channel, where there is one.
///
/// # Errors
/// `Rejected` for what is no address.
pub fn webhook(config: &Config) -> Result<Option<SlackWebhook>, PortError> {
    let limit = Duration::from_secs(config.alert_webhook_timeout_seconds);
    config.alert_webhook_url.as_ref().map(|url| SlackWebhook::new(url.expose(), limit)).transpose()
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

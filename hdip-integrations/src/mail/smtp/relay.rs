//! Connections to the relay: opened when needed, used again while fresh, dropped at the first doubt.

use super::config::{SmtpConfig, SmtpTls};
use super::error::{Step, from_lettre, new, rejected, timed_out};
use super::message::Letter;
use hdip_core::ports::{PortError, PortErrorKind};
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, response::Response};
use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A fresh connection answers at once; one that does not is not worth waiting for.
const NOOP_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Relay {
    config: SmtpConfig,
    tls: Option<TlsParameters>,
    helo: ClientId,
    slots: Semaphore,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl Relay {
    pub(super) fn new(config: SmtpConfig) -> Result<Self, PortError> {
        if config.tls == SmtpTls::None && config.credentials.is_some() && !is_loopback(&config.host) {
            return Err(rejected("credentials would cross the network in the clear; use TLS"));
        }
        let tls = match config.tls {
            SmtpTls::None => None,
            SmtpTls::StartTls | SmtpTls::Implicit => Some(tls_parameters(&config)?),
        };
        let helo = config.helo_name.clone().map_or_else(ClientId::default, ClientId::Domain);
        let slots = Semaphore::new(config.pool_size.max(1));
        Ok(Self { tls, helo, slots, idle: Mutex::default(), config })
    }

    pub(super) async fn send(&self, letter: &Letter) -> Result<(), PortError> {
        let slot = self.slots.acquire().await;
        let _slot =
            slot.map_err(|error| new(PortErrorKind::Other, "the pool is closed".into()).with_source(error))?;
        // Owned by this future: if it is dropped or fails in the middle, so is the connection.
        let mut connection = self.connection().await?;
        let sent = self.transact(&mut connection, letter).await;
        // A relay that answered is at a known point, also when it refused.
        let clean = match &sent {
            Ok(()) => true,
            Err(error) if error.kind == PortErrorKind::Unreachable => false,
            Err(_) => self.command(Step::Envelope, connection.command(Rset)).await.is_ok(),
        };
        if clean {
            self.idle().push((Instant::now(), connection));
        }
        sent
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, PortError> {
        loop {
            let idle = self.idle().pop();
            let Some((since, mut connection)) = idle else { break };
            let fresh = since.elapsed() < self.config.idle_timeout;
            // The relay may have hung up meanwhile; better to learn it now than in the middle of a mail.
            if fresh && matches!(timeout(NOOP_TIMEOUT, connection.command(Noop)).await, Ok(Ok(_))) {
                return Ok(connection);
            }
        }
        timeout(self.config.connect_timeout, self.connect()).await.map_err(|_| timed_out(Step::Connect))?
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, PortError> {
        let failed = |error| from_lettre(Step::Connect, error);
        let server = (self.config.host.as_str(), self.config.port);
        let implicit = self.tls.clone().filter(|_| self.config.tls == SmtpTls::Implicit);
        let limit = Some(self.config.connect_timeout);
        let connected = AsyncSmtpConnection::connect_tokio1(server, limit, &self.helo, implicit, None);
        let mut connection = connected.await.map_err(failed)?;
        if let (SmtpTls::StartTls, Some(tls)) = (self.config.tls, &self.tls) {
            // Fails where the relay does not offer it: nothing is ever sent in the clear instead.
            connection.starttls(tls.clone(), &self.helo).await.map_err(failed)?;
        }
        if let Some((user, password)) = &self.config.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(failed)?;
        }
        Ok(connection)
    }

    async fn transact(&self, connection: &mut AsyncSmtpConnection, letter: &Letter) -> Result<(), PortError> {
        let mut options = Vec::new();
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !ascii(&letter.from) || !ascii(&letter.to) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(rejected("the relay does not take addresses outside of ASCII (SMTPUTF8)"));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !letter.bytes.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = Mail::new(Some(letter.from.clone()), options);
        self.command(Step::Envelope, connection.command(mail)).await?;
        self.command(Step::Envelope, connection.command(Rcpt::new(letter.to.clone(), Vec::new()))).await?;
        self.command(Step::Envelope, connection.command(Data)).await?;
        self.command(Step::Content, connection.message(&letter.bytes)).await
    }

    async fn command(
        &self,
        step: Step,
        answer: impl Future<Output = Result<Response, Error>>,
    ) -> Result<(), PortError> {
        let limit =
            if step == Step::Content { self.config.data_timeout } else { self.config.command_timeout };
        let answer = timeout(limit, answer).await.map_err(|_| timed_out(step))?;
        answer.map(drop).map_err(|error| from_lettre(step, error))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Instant, AsyncSmtpConnection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, PortError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(pem) = &config.extra_root_pem {
        let root = Certificate::from_pem(pem);
        builder = builder.add_root_certificate(
            root.map_err(|error| rejected("the root certificate cannot be read").with_source(error))?,
        );
    }
    builder.build_rustls().map_err(|error| rejected("TLS cannot be set up").with_source(error))
}

impl Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("config", &self.config)
            .field("idle", &self.idle().len())
            .finish_non_exhaustive()
    }
}

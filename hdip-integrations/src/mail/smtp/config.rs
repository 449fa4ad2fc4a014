use std::fmt::{self, Debug};
use std::time::Duration;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all. For a relay on this machine or a private network; takes credentials on loopback only.
    None,
    /// By STARTTLS, usually on port 587. A relay that does not offer it is refused.
    StartTls,
    /// From the first byte, usually on port 465.
    Implicit,
}

/// Where and how to send. `Debug` shows no credentials.
#[derive(Clone)]
#[non_exhaustive]
pub struct SmtpConfig {
    /// Host name or address; the name the certificate must have.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection of the connection.
    pub tls: SmtpTls,
    /// User and password, if the relay wants them.
    pub credentials: Option<(String, String)>,
    /// A PEM certificate to trust beside the public ones, for a relay with a private authority.
    pub extra_root_pem: Option<Vec<u8>>,
    /// Name said in EHLO; the host's name if none is given.
    pub helo_name: Option<String>,
    /// Time to connect, shake hands and sign in. 30 s.
    pub connect_timeout: Duration,
    /// Time for the answer to one command. 60 s.
    pub command_timeout: Duration,
    /// Time to send the content and hear that it was taken (RFC 5321 §4.5.3.2.6: 10 min).
    pub data_timeout: Duration,
    /// Connections at once, at least one. 4.
    pub pool_size: usize,
    /// An unused connection is closed rather than used again after this time. 30 s.
    pub idle_timeout: Duration,
}

impl SmtpConfig {
    /// With the times and sizes said at the fields, and no credentials.
    pub fn new(host: impl Into<String>, port: u16, tls: SmtpTls) -> Self {
        Self {
            host: host.into(),
            port,
            tls,
            credentials: None,
            extra_root_pem: None,
            helo_name: None,
            connect_timeout: Duration::from_secs(30),
            command_timeout: Duration::from_secs(60),
            data_timeout: Duration::from_secs(600),
            pool_size: 4,
            idle_timeout: Duration::from_secs(30),
        }
    }

    /// Signs in.
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    /// Trusts one more authority, given as PEM.
    pub fn extra_root_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.extra_root_pem = Some(pem.into());
        self
    }

    /// Says this name in EHLO.
    pub fn helo_name(mut self, name: impl Into<String>) -> Self {
        self.helo_name = Some(name.into());
        self
    }

    /// Sets the three time limits.
    pub fn timeouts(mut self, connect: Duration, command: Duration, data: Duration) -> Self {
        (self.connect_timeout, self.command_timeout, self.data_timeout) = (connect, command, data);
        self
    }

    /// Sets the number of connections at once.
    pub fn pool_size(mut self, connections: usize) -> Self {
        self.pool_size = connections;
        self
    }
}

impl Debug for SmtpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("credentials", &self.credentials.as_ref().map(|_| "…"))
            .field("pool_size", &self.pool_size)
            .finish_non_exhaustive()
    }
}

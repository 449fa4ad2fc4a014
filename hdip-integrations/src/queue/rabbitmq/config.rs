use super::failed;
use hdip_core::ports::{PortError, PortErrorKind};
use lapin::uri::AMQPUri;
use std::fmt;
use std::time::Duration;

/// What kind of queue the broker keeps announcements in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueueType {
    /// Replicated over the nodes of a cluster. What to use.
    #[default]
    Quorum,
    /// On one node, for brokers of one node that are thrown away.
    Classic,
}

impl QueueType {
    /// As in the argument `x-queue-type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quorum => "quorum",
            Self::Classic => "classic",
        }
    }
}

/// Which broker, and how it is used.
#[derive(Clone)]
pub struct RabbitConfig {
    pub(super) uri: AMQPUri,
    pub(super) prefix: String,
    pub(super) queue_type: QueueType,
    pub(super) prefetch: u16,
    pub(super) announce_timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) first_pause: Duration,
    pub(super) longest_pause: Duration,
}

impl RabbitConfig {
    /// The broker at `amqp://user:password@host:5672/vhost`, or `amqps://…`; `%2f` is the vhost `/`, which is
    /// also taken where none is named. Heartbeats every 10 s unless the address says `?heartbeat=…`.
    ///
    /// # Errors
    /// `Rejected` for what is no such address. The error does not hold the address, which holds a password.
    pub fn new(url: &str) -> Result<Self, PortError> {
        let what = "the broker's address is not amqp(s)://user:password@host:port/vhost";
        let mut uri: AMQPUri = url.parse().map_err(|_| failed(PortErrorKind::Rejected, "open", what))?;
        // Half-open connections are noticed after two of them.
        uri.query.heartbeat.get_or_insert(10);
        Ok(Self {
            uri,
            prefix: "hdip".into(),
            queue_type: QueueType::default(),
            prefetch: 8,
            announce_timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(10),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(30),
        })
    }

    /// What the names of queues and exchanges begin with (`hdip` by default): deployments that share a vhost
    /// need different ones.
    ///
    /// # Errors
    /// `Rejected` unless it has 1 to 100 letters, digits, dots, dashes or underscores.
    pub fn prefix(mut self, prefix: &str) -> Result<Self, PortError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !(1..=100).contains(&prefix.len()) || !prefix.chars().all(fits) {
            let what =
                "the prefix of queue names must have 1 to 100 letters, digits, dots, dashes or underscores";
            return Err(failed(PortErrorKind::Rejected, "open", what));
        }
        self.prefix = prefix.into();
        Ok(self)
    }

    /// The kind of queue. It cannot be changed while the broker has the queues: delete them first, nothing is
    /// lost with them.
    #[must_use]
    pub fn queue_type(mut self, queue_type: QueueType) -> Self {
        self.queue_type = queue_type;
        self
    }

    /// How many announcements this process may hold unsettled, at least 1 (8 by default); sensibly as many as
    /// the worker runs jobs at the same time.
    #[must_use]
    pub fn prefetch(mut self, prefetch: u16) -> Self {
        self.prefetch = prefetch.max(1);
        self
    }

    /// How long an announcement may take (1 s by default): somebody may be waiting for the answer to a request.
    #[must_use]
    pub fn announce_timeout(mut self, limit: Duration) -> Self {
        self.announce_timeout = limit;
        self
    }

    /// First and longest pause between attempts to connect (250 ms and 30 s by default).
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.first_pause, self.longest_pause) = (first, longest.max(first));
        self
    }
}

impl fmt::Debug for RabbitConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the uri: it holds a password.
        f.debug_struct("RabbitConfig")
            .field("host", &self.uri.authority.host)
            .field("vhost", &self.uri.vhost)
            .field("prefix", &self.prefix)
            .field("queue_type", &self.queue_type)
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

/// Before attempt `failures + 1`: doubled each time up to `longest`, of which the last half is `random` (0 to 1),
/// so that a hundred workers do not come back to a restarted broker at the same moment.
pub(super) fn pause(first: Duration, longest: Duration, failures: u32, random: f64) -> Duration {
    let doubled = first.saturating_mul(1 << failures.min(20)).min(longest);
    doubled.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_are_spread() {
        let (first, longest) = (Duration::from_millis(250), Duration::from_secs(30));
        let at = |failures, random| pause(first, longest, failures, random).as_millis();
        assert_eq!((at(0, 0.0), at(0, 1.0)), (125, 250));
        assert_eq!((at(3, 0.0), at(3, 0.5), at(3, 1.0)), (1000, 1500, 2000));
        assert_eq!((at(10, 0.0), at(u32::MAX, 1.0)), (15_000, 30_000));
    }

    #[test]
    fn an_address_is_read_and_its_password_never_shown() {
        let config = RabbitConfig::new("amqps://hdip:pa%40ss@broker.example:5671/jobs").unwrap();
        assert_eq!((&*config.uri.vhost, &*config.uri.authority.userinfo.password), ("jobs", "pa@ss"));
        assert_eq!(config.uri.query.heartbeat, Some(10));
        assert!(!format!("{config:?}").contains("pa@ss"));
        assert_eq!(RabbitConfig::new("amqp://localhost?heartbeat=3").unwrap().uri.query.heartbeat, Some(3));
        let refused = RabbitConfig::new("http://hdip:pa55@broker.example").unwrap_err();
        assert_eq!(refused.kind, PortErrorKind::Rejected);
        assert!(!format!("{refused} {refused:?}").contains("pa55"));
    }

    #[test]
    fn a_prefix_makes_names_every_broker_takes() {
        let config = RabbitConfig::new("amqp://localhost").unwrap();
        assert!(config.clone().prefix("hdip.eu-1_b").is_ok());
        for wrong in ["", "hdip jobs", "amq/x", "é", &"x".repeat(101)] {
            assert!(config.clone().prefix(wrong).is_err(), "{wrong:?}");
        }
    }
}

//! Layers around ports: what has to happen with every call, whatever port it goes through and whoever answers.
//!
//! A [`Layer`] sees a [`Call`] and the [`Next`] that carries it out, once, several times or not at all. [`Layered`]
//! puts layers around a port and is that port again, so it passes the port's contract suite and stands wherever
//! the port may stand. There is one implementation of a behaviour, not one per port:
//!
//! | layer | what it does |
//! |---|---|
//! | [`Metered`] | counts calls and errors by kind, measures seconds |
//! | [`CircuitBreaker`] | stops asking a provider that cannot be reached, for a while |
//! | [`RateLimited`] | at most so many calls a second |
//! | [`Retrying`] | repeats what may be repeated, with growing pauses |
//! | [`Timeout`] | gives up after a while |
//! | [`Faulty`] | makes calls fail, by a seed or as told: for tests |
//!
//! Order matters: the first one added is the outermost. `Metered`, `CircuitBreaker`, `RateLimited`, `Retrying`,
//! `Timeout` is the usual one: the breaker then counts what is left after retries, and each attempt has the whole
//! timeout.
//!
//! What may be repeated is the port's matter ([`Repeat`]), and the error's: one that says [`Retry::Never`] is never
//! repeated. There are no layers around `Storage`: a commit is not a call that may be repeated (its caller decides
//! again instead), and adapters retry deadlocks themselves. `Secrets`, `Clock` and `Ids` cannot fail in a way
//! that a layer could help.
//!
//! [`Retry::Never`]: hdip_core::ports::Retry::Never
//!
//! ```
//! # use std::{sync::Arc, time::Duration};
//! use hdip_core::ports::Mail;
//! use hdip_integrations::layers::{CircuitBreaker, Layered, Metered, Timeout};
//!
//! fn protected(mail: Arc<dyn Mail>) -> Arc<dyn Mail> {
//!     let mail = Layered::new(mail)
//!         .with(Metered)
//!         .with(CircuitBreaker::new(5, Duration::from_secs(30)))
//!         .with(Timeout::new(Duration::from_secs(60)));
//!     Arc::new(mail)
//! }
//! ```

mod breaker;
mod faulty;
mod metered;
mod ports;
mod rate_limit;
mod retrying;
mod timeout;

pub use breaker::CircuitBreaker;
pub use faulty::{Fault, Faults, Faulty};
pub use metered::{CALLS, Metered, SECONDS};
pub use rate_limit::RateLimited;
pub use retrying::Retrying;
pub use timeout::Timeout;

use async_trait::async_trait;
use hdip_core::ports::{PortError, PortErrorKind};
use std::fmt::{self, Debug};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether a call may be made again after it failed. It never is when the error says that it would not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Whatever is known of the outcome: the port's contract makes repeats harmless.
    Always,
    /// Only when nothing has happened: a repeat could be noticed.
    IfNotDone,
    /// Never: the call's input is used up.
    Never,
}

/// A call of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The port, as in [`PortError::port`].
    pub port: &'static str,
    /// The operation, as in [`PortError::operation`].
    pub operation: &'static str,
    /// Whether it may be made again.
    pub repeat: Repeat,
}

impl Call {
    const fn new(port: &'static str, operation: &'static str, repeat: Repeat) -> Self {
        Self { port, operation, repeat }
    }

    /// An error of this call, as [`PortError::new`] makes it.
    fn error(&self, kind: PortErrorKind, context: impl Into<String>) -> PortError {
        PortError::new(kind, self.port, self.operation, context)
    }
}

/// A call under way.
pub type Pending<'a> = Pin<Box<dyn Future<Output = Result<(), PortError>> + Send + 'a>>;

/// An answer under way.
type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, PortError>> + Send + 'a>>;

/// What is further inside: the next layer, in the end the port.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    layers: &'a [Arc<dyn Layer>],
    call: Call,
    attempt: &'a (dyn Fn() -> Pending<'a> + Send + Sync + 'a),
}

impl<'a> Next<'a> {
    /// Makes the call. May be used again, for another attempt.
    pub fn run(self) -> Pending<'a> {
        match self.layers.split_first() {
            Some((first, rest)) => first.call(self.call, Next { layers: rest, ..self }),
            None => (self.attempt)(),
        }
    }
}

impl Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("layers", &self.layers).field("call", &self.call).finish_non_exhaustive()
    }
}

/// A behaviour around calls. The answer itself passes by: a layer sees whether there is one, not what it is.
#[async_trait]
pub trait Layer: Debug + Send + Sync {
    /// Makes the call by [`Next::run`], or answers with an error of its own. `Ok` without having run it is
    /// noticed and becomes an error.
    async fn call(&self, call: Call, next: Next<'_>) -> Result<(), PortError>;
}

/// A port with layers around it.
#[derive(Debug)]
pub struct Layered<P: ?Sized> {
    layers: Vec<Arc<dyn Layer>>,
    inner: Arc<P>,
}

impl<P: ?Sized + Send + Sync> Layered<P> {
    /// The port as it is.
    pub fn new(inner: Arc<P>) -> Self {
        Self { layers: Vec::new(), inner }
    }

    /// Adds a layer inside those that are there, next to the port.
    #[must_use]
    pub fn with(self, layer: impl Layer + 'static) -> Self {
        self.with_shared(Arc::new(layer))
    }

    /// The same, where somebody else holds the layer, too: one limit for several ports, faults told by a test.
    #[must_use]
    pub fn with_shared(mut self, layer: Arc<dyn Layer>) -> Self {
        self.layers.push(layer);
        self
    }

    /// Takes a call through the layers. `ask` asks the port.
    async fn through<'a, T: Send + 'a>(
        &'a self,
        call: Call,
        ask: impl Fn() -> Answer<'a, T> + Send + Sync,
    ) -> Result<T, PortError> {
        let answer = Mutex::new(None);
        let attempt = || {
            let asked = ask();
            let answer = &answer;
            let pending: Pending<'_> = Box::pin(async move {
                let answered = asked.await?;
                *lock(answer) = Some(answered);
                Ok(())
            });
            pending
        };
        Next { layers: &self.layers, call, attempt: &attempt }.run().await?;
        let answer = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
        answer.ok_or_else(|| call.error(PortErrorKind::Other, "a layer answered for the port"))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

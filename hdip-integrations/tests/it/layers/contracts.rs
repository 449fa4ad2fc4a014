//! A port with a layer around it is that port: every layer under the contract suite of every port.

use async_trait::async_trait;
use hdip_core::ports::{Calendar, Files, Mail, Queue, Video};
use hdip_core::testkit::contract::files::FilesHarness;
use hdip_core::testkit::contract::mail::{MailHarness, ReceivedMail};
use hdip_core::testkit::contract::video::VideoHarness;
use hdip_core::testkit::{MemoryCalendar, MemoryFiles, MemoryMail, MemoryVideo};
use hdip_core::values::Email;
use hdip_integrations::layers::*;
use hdip_integrations::queue::LocalQueue;
use std::sync::Arc;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

struct LayeredMail {
    memory: Arc<MemoryMail>,
    port: Layered<MemoryMail>,
    /// How often one call reaches the adapter before its error reaches the caller.
    attempts: usize,
}

#[async_trait]
impl MailHarness for LayeredMail {
    fn port(&self) -> &dyn Mail {
        &self.port
    }
    async fn received(&self) -> Vec<ReceivedMail> {
        self.memory.received().await
    }
    fn refused(&self) -> Option<Email> {
        self.memory.refused()
    }
    fn deferred(&self) -> Option<Email> {
        let address = self.memory.deferred();
        self.memory.fail_next(self.attempts);
        address
    }
}

struct LayeredVideo([Layered<MemoryVideo>; 2]);

impl VideoHarness for LayeredVideo {
    fn port(&self) -> &dyn Video {
        &self.0[0]
    }
    fn stranger(&self) -> Option<&dyn Video> {
        Some(&self.0[1])
    }
}

struct LayeredFiles {
    memory: Arc<MemoryFiles>,
    port: Layered<MemoryFiles>,
}

#[async_trait]
impl FilesHarness for LayeredFiles {
    fn port(&self) -> &dyn Files {
        &self.port
    }
    async fn objects(&self) -> Option<usize> {
        Some(self.memory.count())
    }
    async fn reopened(&self) -> Option<Box<dyn Files>> {
        None
    }
}

macro_rules! every_port {
    ($($name:ident: $attempts:literal attempts, $($layer:expr),+;)+) => {
        $(mod $name {
            use super::*;

            fn around<P: ?Sized + Send + Sync>(port: Arc<P>) -> Layered<P> {
                Layered::new(port)$(.with($layer))+
            }

            mod mail {
                use super::*;
                fn harness() -> LayeredMail {
                    let memory = Arc::new(MemoryMail::new());
                    LayeredMail { port: around(memory.clone()), memory, attempts: $attempts }
                }
                hdip_core::mail_contract!(attr = tokio::test, harness = harness());
            }
            mod calendar {
                use super::*;
                hdip_core::calendar_contract!(attr = tokio::test, harness = around(Arc::new(MemoryCalendar::new())));
            }
            mod calendar_inviting {
                use super::*;
                hdip_core::calendar_contract!(
                    attr = tokio::test,
                    harness = around(Arc::new(MemoryCalendar::inviting()))
                );
            }
            mod video {
                use super::*;
                fn harness() -> LayeredVideo {
                    LayeredVideo([1, 2].map(|seed| around(Arc::new(MemoryVideo::new(seed)))))
                }
                hdip_core::video_contract!(attr = tokio::test, harness = harness());
            }
            mod files {
                use super::*;
                fn harness() -> LayeredFiles {
                    let memory = Arc::new(MemoryFiles::new());
                    LayeredFiles { port: around(memory.clone()), memory }
                }
                hdip_core::files_contract!(attr = tokio::test, harness = harness());
            }
            mod queue {
                use super::*;
                hdip_core::queue_contract!(attr = tokio::test, harness = around(Arc::new(LocalQueue::new())));
            }

            #[test]
            fn stands_where_the_port_may_stand() {
                let _: Arc<dyn Mail> = Arc::new(around::<dyn Mail>(Arc::new(MemoryMail::new())));
                let _: Arc<dyn Calendar> = Arc::new(around::<dyn Calendar>(Arc::new(MemoryCalendar::new())));
                let _: Arc<dyn Queue> = Arc::new(around::<dyn Queue>(Arc::new(LocalQueue::new())));
            }
        })+
    };
}

every_port! {
    metered: 1 attempts, Metered;
    breaking: 1 attempts, CircuitBreaker::new(3, MINUTE);
    rate_limited: 1 attempts, RateLimited::new(1000, 1000, MINUTE);
    retrying: 3 attempts, Retrying::new(3, MS, MS);
    with_timeout: 1 attempts, Timeout::new(MINUTE);
    without_faults: 1 attempts, Faulty::told();
    all_together: 3 attempts, Metered, CircuitBreaker::new(3, MINUTE), RateLimited::new(1000, 1000, MINUTE),
        Retrying::new(3, MS, MS), Timeout::new(MINUTE), Faulty::told();
}

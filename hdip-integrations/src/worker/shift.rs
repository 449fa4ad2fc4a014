use super::Worker;
use hdip_core::ports::Announcement;
use hdip_core::ports::storage::BackgroundJob;
use hdip_core::values::BackgroundJobId;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;
use tracing::{Instrument, Span};

/// How long tasks that were told to end have for it, and storage for taking leases back.
const RELEASE: Duration = Duration::from_secs(3);

/// Who works on what, and which announcements are in hand.
#[derive(Debug, Default)]
pub(super) struct Shift {
    running: JoinSet<()>,
    jobs: HashMap<Id, (BackgroundJob, Option<Announcement>)>,
    /// Heard of and not claimed yet.
    heard: BTreeMap<BackgroundJobId, Announcement>,
}

impl Shift {
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    /// Takes announcements in hand. One about a job that is under way here ends with it; of two about one job one
    /// is enough.
    pub(super) fn hear(&mut self, announcements: Vec<Announcement>) {
        for announcement in announcements {
            let under_way = self.jobs.values_mut().find(|(job, _)| job.id == announcement.job());
            let earlier = match under_way {
                Some((_, held)) => held.replace(announcement),
                None => self.heard.insert(announcement.job(), announcement),
            };
            if let Some(earlier) = earlier {
                earlier.done();
            }
        }
    }

    /// Everything that is ready was claimed: what is still in hand is done, or another worker's, or not due.
    pub(super) fn nothing_else_is_ready(&mut self) {
        std::mem::take(&mut self.heard).into_values().for_each(Announcement::done);
    }

    pub(super) fn start(&mut self, worker: &Worker, job: BackgroundJob, span: Span) {
        let (worker, work) = (worker.clone(), job.clone());
        let task = self.running.spawn(async move { worker.one(&work).await }.instrument(span));
        let announcement = self.heard.remove(&job.id);
        self.jobs.insert(task.id(), (job, announcement));
    }

    /// Deals with jobs that have ended.
    pub(super) fn reap(&mut self) {
        while let Some(ended) = self.running.try_join_next_with_id() {
            self.ended(ended);
        }
    }

    /// Waits until a job ends; false when none is under way.
    pub(super) async fn one_ends(&mut self) -> bool {
        match self.running.join_next_with_id().await {
            Some(ended) => {
                self.ended(ended);
                true
            }
            None => false,
        }
    }

    /// Its announcement is settled now and not before. A handler that panicked, or could not record its end, leaves
    /// a lease that runs out: hearing of it again before would help nobody.
    fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let Some((job, announcement)) = self.jobs.remove(&id) else { return };
        if let Err(error) = ended {
            tracing::error!(job = %job.id, kind = job.kind, %error, "a job's handler broke off; its lease will run out");
        }
        if let Some(announcement) = announcement {
            announcement.done();
        }
    }

    /// The end: announcements not acted on are given back at once, jobs under way may end within `limit`. Those
    /// that do not are broken off and their leases taken back, so that another worker need not wait for them.
    pub(super) async fn drain(mut self, worker: &Worker, limit: Duration) {
        self.heard.clear();
        if timeout(limit, async { while self.one_ends().await {} }).await.is_ok() {
            return;
        }
        self.running.abort_all();
        let ends = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                // One that was done just now has recorded its end itself.
                if let Ok((id, ())) = ended
                    && let Some((_, Some(announcement))) = self.jobs.remove(&id)
                {
                    announcement.done();
                }
            }
        };
        let _ = timeout(RELEASE, ends).await;
        let release = async {
            for (job, announcement) in self.jobs.into_values() {
                match worker.hdip.release_job(&job).await {
                    Ok(released) => {
                        tracing::warn!(job = %job.id, kind = job.kind, released, "job broken off");
                        // Released, it was announced anew.
                        if let Some(announcement) = announcement {
                            announcement.done();
                        }
                    }
                    Err(error) => worker.storage_failed("release", &error),
                }
            }
        };
        if timeout(RELEASE, release).await.is_err() {
            tracing::warn!("leases could not be taken back in time; they will run out");
        }
    }
}

use crate::{Ctx, Error, Hdip, jobs::Step, ports::storage::BackgroundJob};
impl Hdip {
    pub(crate) async fn deliver_mail(&self, _ctx: &Ctx, _job: &BackgroundJob) -> Result<Step, Error> {
        Err(Error::Contended)
    }
}

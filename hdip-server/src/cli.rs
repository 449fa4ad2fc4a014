//! The command line.

use crate::config::{self, Config, Environment};
use crate::state::{self, AppState, Replaced};
use crate::{database, doctor, openapi, seed, serve, telemetry};
use clap::{Args, Parser, Subcommand};
use hdip_core::access::{CreateUser, Role};
use hdip_core::alerts::{DeployOutcome, ReportDeploy};
use hdip_core::jobs::ReplayJobs;
use hdip_core::ports::storage::{JobFilter, JobState, Page};
use hdip_core::values::{BackgroundJobId, ClientId};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};

/// HDIP: Interview-as-a-Service.
#[derive(Debug, Parser)]
#[command(name = "hdip-server", version, about)]
pub struct Cli {
    /// Settings file (TOML); `hdip.toml` if there is one. HDIP_… variables win over it.
    #[arg(long, env = "HDIP_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve HTTP and run background jobs and timers: everything in one process.
    All,
    /// Serve HTTP, and run background jobs unless HDIP_WORKER=false.
    Serve,
    /// Run background jobs and timers only.
    Work,
    /// Bring the database's schema up to date.
    Migrate,
    /// Copy everything from one database to another that is empty, of the same kind or another.
    Copy(CopyArgs),
    /// Write the SQLite database, as of now, into a new file, while the server runs.
    Backup {
        /// Where to. Never overwritten.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Fill an empty database with a demo. Not in production.
    Seed,
    /// Write the OpenAPI document.
    Openapi(OpenapiArgs),
    /// Check settings, database and data.
    Doctor,
    /// List every setting with its default.
    Settings,
    /// Users.
    #[command(subcommand)]
    User(UserCommand),
    /// Background jobs.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Search.
    #[command(subcommand)]
    Search(SearchCommand),
    /// List alerts, newest first.
    Alerts {
        /// Only those that last.
        #[arg(long)]
        lasting: bool,
        /// At most that many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Tell whoever is on call that a deploy ended. Machines that say the same of one release are heard once.
    Deployed {
        /// Name of the release.
        release: String,
        /// It was taken back.
        #[arg(long)]
        rolled_back: bool,
    },
}

#[derive(Debug, Args)]
struct OpenapiArgs {
    /// Where to.
    #[arg(long, value_name = "FILE", default_value = "openapi/hdip.json")]
    write: PathBuf,
    /// Write nothing; fail if the file is not what would be written.
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Args)]
struct CopyArgs {
    /// From where; `sqlite:FILE`, `mysql://…` or `postgres://…`. An address with a password is better left in
    /// the environment.
    #[arg(long, value_name = "URL", env = "HDIP_COPY_FROM", hide_env_values = true)]
    from: String,
    /// Where to: migrated by this release, and empty.
    #[arg(long, value_name = "URL", env = "HDIP_COPY_TO", hide_env_values = true)]
    to: String,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make a user. The password is read from standard input; an empty line makes none.
    Create {
        /// E-mail address.
        #[arg(long)]
        email: String,
        /// Name.
        #[arg(long)]
        name: String,
        /// For example platform_admin, client_owner.
        #[arg(long, value_parser = role)]
        role: Role,
        /// The client, for client roles.
        #[arg(long)]
        client: Option<ClientId>,
    },
}

#[derive(Debug, Subcommand)]
enum SearchCommand {
    /// Make everything that is stored findable: once, after an upgrade from a release without search.
    Rebuild,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// List background jobs, newest first.
    List {
        /// queued, leased, done or dead.
        #[arg(long, default_value = "dead", value_parser = job_state)]
        state: JobState,
        /// Only of this kind.
        #[arg(long)]
        kind: Option<String>,
        /// At most that many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Put dead jobs back into the queue: one, all of a kind, or all.
    Retry {
        /// Id of one job.
        #[arg(required_unless_present_any = ["kind", "all"])]
        id: Option<BackgroundJobId>,
        /// All dead jobs of this kind.
        #[arg(long, conflicts_with = "id", requires = "reason")]
        kind: Option<String>,
        /// All dead jobs.
        #[arg(long, conflicts_with_all = ["id", "kind"], requires = "reason")]
        all: bool,
        /// Why it will go better now; kept in the audit trail.
        #[arg(long)]
        reason: Option<String>,
    },
}

fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}
fn role(text: &str) -> Result<Role, String> {
    word(text)
}
fn job_state(text: &str) -> Result<JobState, String> {
    word(text)
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// A sentence for the person at the terminal.
    pub async fn run(self) -> Result<(), Box<dyn Error>> {
        match &self.command {
            // These ask for nothing that a setting could change.
            Command::Copy(args) => return database::copy(&args.from, &args.to).await,
            Command::Openapi(args) => return write_openapi(args),
            Command::Settings => return list_settings(),
            _ => {}
        }
        let default = Path::new("hdip.toml");
        let file = self.config.as_deref().or(default.is_file().then_some(default));
        let config = Config::read(file)?;
        let service = if matches!(self.command, Command::Work) { "hdip-work" } else { "hdip-server" };
        let telemetry = telemetry::start(&config, service)?;
        let done = match self.command {
            Command::All => serve::run(config, serve::Role::All).await,
            Command::Serve => serve::run(config, serve::Role::Serve).await,
            Command::Work => serve::run(config, serve::Role::Work).await,
            Command::Migrate => migrate(config).await,
            Command::Seed => run_seed(config).await,
            Command::Backup { to } => database::backup(&config.database(), &to).await,
            Command::Doctor => doctor::run(config).await,
            Command::User(UserCommand::Create { email, name, role, client }) => {
                create_user(config, email, name, role, client).await
            }
            Command::Jobs(command) => jobs(config, command).await,
            Command::Search(SearchCommand::Rebuild) => rebuild_search(config).await,
            Command::Alerts { lasting, limit } => alerts(config, lasting, limit).await,
            Command::Deployed { release, rolled_back } => deployed(config, release, rolled_back).await,
            Command::Openapi(_) | Command::Settings | Command::Copy(_) => Ok(()),
        };
        telemetry.finish().await;
        done
    }
}

async fn open(config: Config) -> Result<AppState, Box<dyn Error>> {
    let ports = state::open(&config, Replaced::default()).await?;
    Ok(AppState::new(config, ports))
}

async fn rebuild_search(config: Config) -> Result<(), Box<dyn Error>> {
    let state = open(config).await?;
    let records = state.hdip.rebuild_search(&state.hdip.system()).await.map_err(explain)?;
    println!("{records} records can be found");
    Ok(())
}

async fn migrate(config: Config) -> Result<(), Box<dyn Error>> {
    let database = config.database();
    open(Config { migrate_on_start: true, ..config }).await?;
    println!("{} is up to date", database::shown(&database));
    Ok(())
}

async fn run_seed(config: Config) -> Result<(), Box<dyn Error>> {
    if config.env == Environment::Production {
        return Err("the demo has known passwords; it is not for production".into());
    }
    let base_url = config.base_url.clone();
    let ports = state::open(&config, Replaced::default()).await?;
    let now = ports.builder.clock.now();
    match seed::seed(ports.builder, now).await? {
        None => println!("There are users already; nothing was added. `make clean-data` starts over."),
        Some(seeded) => {
            println!("Sign-ins (password {}):", seed::PASSWORD);
            for (who, email) in seeded.sign_ins {
                println!("  {who:<28} {email}");
            }
            println!("Links:");
            for (what, address) in seeded.links {
                println!("  {what:<28} {address}");
            }
            println!("Mailbox: {base_url}/mailbox   API: {base_url}/docs");
        }
    }
    Ok(())
}

fn write_openapi(args: &OpenapiArgs) -> Result<(), Box<dyn Error>> {
    let file = args.write.display();
    if args.check {
        let written = std::fs::read_to_string(&args.write).map_err(|error| format!("{file}: {error}"))?;
        if written != openapi::text() {
            return Err(format!("{file} is stale; run `make openapi`").into());
        }
        println!("{file} is what the server serves");
        return Ok(());
    }
    if let Some(folder) = args.write.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&args.write, openapi::text()).map_err(|error| format!("{file}: {error}"))?;
    println!("wrote {file}");
    Ok(())
}

fn list_settings() -> Result<(), Box<dyn Error>> {
    for (name, default, what) in config::describe() {
        println!("HDIP_{} = {default}\n    {what}", name.to_uppercase());
    }
    Ok(())
}

async fn create_user(
    config: Config,
    email: String,
    name: String,
    role: Role,
    client_id: Option<ClientId>,
) -> Result<(), Box<dyn Error>> {
    let state = open(config).await?;
    eprintln!("Password (10 to 128 characters; none to invite by mail), then Enter and Ctrl-D:");
    let mut password = String::new();
    // Never an argument: those are seen by everybody on the machine and stay in the shell's history.
    std::io::stdin().take(4096).read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    let input = CreateUser {
        email,
        name,
        role,
        client_id,
        interviewer_id: None,
        agency_id: None,
        zone: None,
        locale: None,
        assigned_jobs_only: false,
        password: (!password.is_empty()).then(|| password.to_owned()),
    };
    let made = state.hdip.create_user(&state.hdip.system(), input).await.map_err(explain)?;
    println!("{}", made.output);
    Ok(())
}

async fn jobs(config: Config, command: JobsCommand) -> Result<(), Box<dyn Error>> {
    let state = open(config).await?;
    let ctx = state.hdip.system();
    match command {
        JobsCommand::List { state: wanted, kind, limit } => {
            let filter = JobFilter { state: Some(wanted), kind };
            let page = state.hdip.background_jobs(&ctx, &filter, &Page::first(limit)).await?;
            for job in page.items {
                println!(
                    "{}  {:<20} {:<7} attempt {:<2} due {}  {}",
                    job.id,
                    job.kind,
                    job.state.as_str(),
                    job.attempt,
                    job.due_at.format("%Y-%m-%dT%H:%M:%SZ"),
                    job.last_error.unwrap_or_default()
                );
            }
        }
        JobsCommand::Retry { id: Some(id), reason, .. } => {
            state.hdip.retry_job(&ctx, id, reason.as_deref()).await.map_err(explain)?;
            println!("{id} is queued");
        }
        JobsCommand::Retry { id: None, kind, reason, .. } => {
            let input = ReplayJobs { kind, reason: reason.unwrap_or_default() };
            let done = state.hdip.replay_jobs(&ctx, input).await.map_err(explain)?;
            let rest = if done.more { "; there are more, ask again" } else { "" };
            println!("{} jobs are queued{rest}", done.jobs);
        }
    }
    Ok(())
}

async fn alerts(config: Config, lasting: bool, limit: u32) -> Result<(), Box<dyn Error>> {
    let state = open(config).await?;
    let page = state.hdip.alerts(&state.hdip.system(), lasting, &Page::first(limit)).await?;
    for alert in page.items {
        let over = alert
            .over_at
            .map_or("lasts".to_owned(), |at| format!("until {}", at.format("%Y-%m-%dT%H:%M:%SZ")));
        let since = alert.opened_at.format("%Y-%m-%dT%H:%M:%SZ");
        println!(
            "{}  {:<18} {:<10} {:>6}  since {since}  {over}",
            alert.id,
            alert.kind.as_str(),
            alert.subject,
            alert.measured
        );
    }
    Ok(())
}

async fn deployed(config: Config, release: String, rolled_back: bool) -> Result<(), Box<dyn Error>> {
    let state = open(config).await?;
    let outcome = if rolled_back { DeployOutcome::RolledBack } else { DeployOutcome::Finished };
    // Every machine may say so; one mail goes out. What a key may hold is ASCII, and a release's name any line.
    let word = if rolled_back { "rolled-back" } else { "finished" };
    let digest: String = Sha256::digest(release.trim()).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut ctx = state.hdip.system();
    ctx.idempotency = Some(format!("deploy-{word}-{digest}").parse()?);
    let done = state.hdip.report_deploy(&ctx, ReportDeploy { outcome, release }).await.map_err(explain)?;
    println!("{}{}", done.output, if done.replayed { " (was reported before)" } else { "" });
    Ok(())
}

/// A refusal with its fields, on a terminal.
fn explain(error: hdip_core::Error) -> Box<dyn Error> {
    match error {
        hdip_core::Error::Invalid(fields) => {
            let lines: Vec<_> = fields.iter().map(|f| format!("{} {}", f.field, f.message)).collect();
            lines.join("; ").into()
        }
        error => error.into(),
    }
}

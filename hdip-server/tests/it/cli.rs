//! The command line, as somebody at a terminal meets it: the real binary, its words and exit codes.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether it ended well, and everything it said.
fn run(dir: &Path, args: &[&str], settings: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hdip-server"));
    command.current_dir(dir).env("HDIP_DATA_DIR", dir.join("data")).env("HDIP_LOG", "off").args(args);
    let output = command.envs(settings.iter().copied()).stdin(Stdio::null()).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

#[test]
fn a_misspelt_or_mistyped_setting_is_refused_by_name_and_no_secret_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = run(dir.path(), &["doctor"], &[("HDIP_SMTP_HSOT", "relay.example")]);
    assert!(!ok && said.contains("HDIP_SMTP_HSOT"), "{said}");
    let file = dir.path().join("other.toml");
    let path = file.to_str().unwrap().to_owned();
    for (text, named) in [
        ("smtp_hsot = 'relay.example'", "smtp_hsot"),
        ("smtp_port = 'many'", "smtp_port"),
        ("secret = 86753098675309", "secret"),
        ("secret = 'short-hunter2'", "secret must have at least 32 characters"),
        ("alert_webhook_url = 'hunter2'", "HDIP_ALERT_WEBHOOK_URL"),
        ("otlp_sample = 2.0", "otlp_sample"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (ok, said) = run(dir.path(), &["doctor"], &[("HDIP_CONFIG", &path)]);
        assert!(!ok && said.contains(named), "{text}: {said}");
        assert!(!said.contains("8675309") && !said.contains("hunter2"), "{said}");
    }
    let (ok, said) = run(dir.path(), &["doctor", "--config", "no-such-file.toml"], &[]);
    assert!(!ok && said.contains("no-such-file.toml"), "{said}");
    let (_, listed) =
        run(dir.path(), &["settings"], &[("HDIP_SECRET", "a-secret-of-more-than-32-characters-hunter2")]);
    assert!(listed.contains("HDIP_SHUTDOWN_GRACE_SECONDS = 25") && !listed.contains("hunter2"), "{listed}");
}

#[test]
fn doctor_tells_what_is_wrong_and_how_to_mend_it() {
    let dir = tempfile::tempdir().unwrap();
    let (ok, said) = run(dir.path(), &["doctor"], &[]);
    assert!(!ok && said.contains("FAULT") && said.contains("hdip-server migrate"), "{said}");
    assert!(!dir.path().join("data/hdip.sqlite").exists(), "it changes nothing");
    assert!(run(dir.path(), &["migrate"], &[]).0);
    let (ok, said) = run(dir.path(), &["doctor"], &[]);
    assert!(ok && said.contains("schema up to date") && said.contains("invariants   hold"), "{said}");
    // Nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let away = format!("http://127.0.0.1:{port}");
    let hook = format!("{away}/hunter2");
    let outside =
        [("HDIP_SMTP_HOST", "127.0.0.1"), ("HDIP_SMTP_PORT", &*port), ("HDIP_ALERT_WEBHOOK_URL", &*hook)];
    let (ok, said) = run(dir.path(), &["doctor"], &outside);
    assert!(!ok && said.contains("2 faults"), "{said}");
    assert!(
        said.contains("HDIP_SMTP_HOST and HDIP_SMTP_PORT") && said.contains("Check HDIP_ALERT_WEBHOOK_URL"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
    #[cfg(feature = "otel")]
    {
        let (ok, said) = run(dir.path(), &["doctor"], &[("HDIP_OTLP_ENDPOINT", &away)]);
        assert!(!ok && said.contains("HDIP_OTLP_ENDPOINT"), "{said}");
    }
}

#[test]
fn jobs_alerts_and_deploys_have_their_commands() {
    let dir = tempfile::tempdir().unwrap();
    assert!(run(dir.path(), &["migrate"], &[]).0);
    let (ok, said) = run(dir.path(), &["deployed", "0.2.0"], &[]);
    assert!(ok && said.starts_with("alrt_"), "{said}");
    let (ok, again) = run(dir.path(), &["deployed", "0.2.0"], &[]);
    assert!(ok && again.contains("was reported before"), "{again}");
    assert!(run(dir.path(), &["deployed", "0.2.0", "--rolled-back"], &[]).0);
    let (_, listed) = run(dir.path(), &["alerts"], &[]);
    assert_eq!(listed.lines().filter(|line| line.contains("0.2.0")).count(), 2, "{listed}");
    let (_, queued) = run(dir.path(), &["jobs", "list", "--state", "queued"], &[]);
    assert_eq!(queued.lines().filter(|line| line.contains("send_mail")).count(), 2, "{queued}");
    let (ok, said) =
        run(dir.path(), &["jobs", "retry", "--kind", "send_mail", "--reason", "the relay is back"], &[]);
    assert!(ok && said.contains("0 jobs are queued"), "{said}");
    let (ok, said) = run(dir.path(), &["jobs", "retry", "--kind", "send_mail"], &[]);
    assert!(!ok && said.contains("--reason"), "{said}");
    let (ok, said) = run(dir.path(), &["jobs", "retry"], &[]);
    assert!(!ok, "{said}");
    let (ok, said) = run(dir.path(), &["jobs", "retry", "--all", "--reason", "x"], &[]);
    assert!(!ok && said.contains("reason"), "{said}");
}

//! What an operator does with the database, by the real command line.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn server(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hdip-server"));
    command.args(args).env("HDIP_DATA_DIR", dir).env("HDIP_LOG", "warn").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

fn done(command: &mut Command) -> String {
    let (good, said) = run(command);
    assert!(good, "{said}");
    said
}

/// Made, backed up, lost, restored.
#[test]
fn a_backup_is_restored_by_putting_it_in_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let (here, data) = (dir.path().join("data"), |name: &str| dir.path().join("data").join(name));
    done(&mut server(&here, &["migrate"]));
    let user =
        ["user", "create", "--email", "root@hdip.example", "--name", "Root", "--role", "platform_admin"];
    done(&mut server(&here, &user));
    let backup = dir.path().join("backup.sqlite");
    let to = backup.to_str().unwrap();
    assert!(done(&mut server(&here, &["backup", "--to", to])).contains("is in"));
    let (good, said) = run(&mut server(&here, &["backup", "--to", to]));
    assert!(!good && said.contains("there already"), "{said}");

    // As docs/backup.md says.
    for name in ["hdip.sqlite", "hdip.sqlite-wal", "hdip.sqlite-shm"] {
        let _ = std::fs::remove_file(data(name));
    }
    let (good, said) = run(&mut server(&here, &["doctor"]));
    assert!(!good && said.contains("there is no database"), "{said}");
    std::fs::copy(&backup, data("hdip.sqlite")).unwrap();
    assert!(done(&mut server(&here, &["doctor"])).contains("schema up to date"));
    // The user is there: its address is taken.
    let (good, said) = run(&mut server(&here, &user));
    assert!(!good && said.contains("exists already"), "{said}");
}

#[test]
fn a_database_is_copied_once_and_every_table_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    for place in [&from, &to] {
        done(&mut server(place, &["migrate"]));
    }
    let user =
        ["user", "create", "--email", "root@hdip.example", "--name", "Root", "--role", "platform_admin"];
    done(&mut server(&from, &user));
    let url = |place: &Path| format!("sqlite:{}", place.join("hdip.sqlite").display());
    let copy = || {
        let mut command = server(&from, &["copy"]);
        command.env("HDIP_COPY_FROM", url(&from)).env("HDIP_COPY_TO", url(&to));
        command
    };
    let said = done(&mut copy());
    let rows = |table: &str| {
        let line = said.lines().find(|line| line.split_whitespace().next() == Some(table)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    assert_eq!((rows("users"), rows("interviews")), (1, 0), "{said}");
    assert!(rows("audit") > 0 && rows("all") > 2, "{said}");
    let (good, said) = run(&mut copy());
    assert!(!good && said.contains("the target is not empty"), "{said}");
}

#[test]
fn doctor_says_what_is_wrong_with_the_database() {
    let dir = tempfile::tempdir().unwrap();
    // A file, but no schema in it.
    std::fs::write(dir.path().join("hdip.sqlite"), b"").unwrap();
    let (good, said) = run(&mut server(dir.path(), &["doctor"]));
    assert!(!good && said.contains("0001") && said.contains("hdip-server migrate"), "{said}");
    // A server that is not there, and a password that is not shown.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["mysql", "postgres"] {
        let mut command = server(dir.path(), &["doctor"]);
        let (good, said) =
            run(command.env("HDIP_DATABASE_URL", format!("{scheme}://hdip:geheim@{free}/hdip")));
        assert!(!good && said.contains("does not answer") && said.contains("hdip@127.0.0.1"), "{said}");
        assert!(!said.contains("geheim"), "{said}");
    }
    let (good, said) = run(server(dir.path(), &["doctor"]).env("HDIP_DATABASE_URL", "oracle://x/y"));
    assert!(!good && said.contains("database_url must begin with"), "{said}");
}

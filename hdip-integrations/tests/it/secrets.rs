use hdip_core::ports::{PortErrorKind, Secrets};
use hdip_core::testkit::contract::secrets::SecretsHarness;
use hdip_integrations::secrets::{PasswordCost, SoftwareSecrets};
use std::time::{Duration, Instant};

struct Harness([SoftwareSecrets; 4]);

fn cheap(key: u8) -> SoftwareSecrets {
    SoftwareSecrets::with_cost([key; 32], PasswordCost::TESTS_ONLY).unwrap()
}

fn harness() -> Harness {
    let older = PasswordCost { memory_kib: 64, passes: 3, lanes: 2 };
    Harness([cheap(1), cheap(1), cheap(2), SoftwareSecrets::with_cost([1; 32], older).unwrap()])
}

impl SecretsHarness for Harness {
    fn port(&self) -> &dyn Secrets {
        &self.0[0]
    }
    fn twin(&self) -> &dyn Secrets {
        &self.0[1]
    }
    fn stranger(&self) -> &dyn Secrets {
        &self.0[2]
    }
    fn other_parameters(&self) -> Option<&dyn Secrets> {
        Some(&self.0[3])
    }
}

mod contract {
    hdip_core::secrets_contract!(attr = tokio::test, harness = super::harness());
}

#[tokio::test]
async fn a_hash_is_argon2id_with_owasps_parameters() {
    let hash = SoftwareSecrets::new([1; 32]).hash_password("correct horse").await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

#[tokio::test]
async fn a_hash_made_elsewhere_is_accepted() {
    // From the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32 -e
    let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    assert!(cheap(1).verify_password("password", hash).await.unwrap());
    assert!(!cheap(1).verify_password("Password", hash).await.unwrap());
}

#[test]
fn a_mac_is_hmac_sha256_behind_the_purposes_length() {
    // Python: hmac.new(bytes([1])*32, (4).to_bytes(8,'big') + b'link' + b'data', 'sha256').hexdigest()
    let mac: String = cheap(1).mac("link", b"data").iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(mac, "d12502503015fa03449c63b10835f7a1ef6cb1764889ab6caa43a75790910671");
}

#[tokio::test]
async fn a_text_that_is_no_hash_takes_as_long_as_a_hash() {
    let cost = PasswordCost { memory_kib: 16 * 1024, passes: 4, lanes: 1 };
    let secrets = SoftwareSecrets::with_cost([1; 32], cost).unwrap();
    let hash = secrets.hash_password("correct horse").await.unwrap();
    let mut times = [Duration::MAX; 2];
    // The least of several runs: other work on the machine only makes them longer.
    for _ in 0..5 {
        for (time, text) in times.iter_mut().zip([hash.as_str(), "no hash"]) {
            let began = Instant::now();
            secrets.verify_password("wrong", text).await.unwrap();
            *time = began.elapsed().min(*time);
        }
    }
    assert!(times[1] > times[0] / 3, "{times:?}");
}

#[test]
fn costs_that_argon2_or_the_machine_cannot_bear_are_rejected() {
    let good = PasswordCost::OWASP;
    for cost in [
        PasswordCost { memory_kib: 7, ..good },
        PasswordCost { passes: 0, ..good },
        PasswordCost { lanes: 0, ..good },
        PasswordCost { memory_kib: 1 << 30, ..good },
        PasswordCost { passes: 1000, ..good },
    ] {
        assert_eq!(
            SoftwareSecrets::with_cost([1; 32], cost).unwrap_err().kind,
            PortErrorKind::Rejected,
            "{cost:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_all_get_their_answer() {
    let secrets = std::sync::Arc::new(cheap(1));
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let secrets = secrets.clone();
            tokio::spawn(async move {
                let hash = secrets.hash_password(&n.to_string()).await.unwrap();
                secrets.verify_password(&n.to_string(), &hash).await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
}

//! Connecting, and what is asked of the server.

use std::fs;
use std::path::PathBuf;

use avocet_nats::testing::{Release, Server};
use avocet_nats::{Demand, Link, Login, Nats, NatsError, NatsOptions, Sync, TlsFiles};

use crate::common::options;

#[tokio::test]
async fn the_durability_of_the_broker_is_read() {
    for (server, expected, version) in [
        (Server::start(Release::Old), Sync::Every(std::time::Duration::from_secs(120)), "2.9."),
        (Server::start(Release::New), Sync::Every(std::time::Duration::from_secs(120)), "2.15."),
        (Server::strong(), Sync::Always, "2.15."),
    ] {
        let options = options(&server);
        let nats = Nats::connect(&options).await.unwrap();
        assert_eq!(nats.durability().sync, expected);
        assert!(nats.version().starts_with(version), "{}", nats.version());
        let demanding = NatsOptions { durability: Demand::Strong, ..options.clone() };
        let refused = Nats::connect(&demanding).await.err().map(|error| error.to_string());
        match expected {
            Sync::Always => assert_eq!(refused, None),
            _ => {
                let text = refused.unwrap();
                assert!(text.contains("every 120s") && text.contains("power cut"), "{text}");
                assert!(text.contains("--accept-weak-durability"), "{text}");
            }
        }
        let unknown = NatsOptions { monitor: Some("127.0.0.1:1".into()), ..demanding.clone() };
        let text = Nats::connect(&unknown).await.unwrap_err().to_string();
        assert!(text.contains("does not say when it syncs"), "{text}");
        let replicated = NatsOptions { replicas: 3, ..demanding };
        assert!(Nats::connect(&replicated).await.unwrap().durability().is_strong());
    }
}

#[tokio::test]
async fn the_system_account_says_it_too() {
    let exports = "accounts {
        $SYS {
            exports: [{service: \"$SYS.REQ.SERVER.*.VARZ\"}]
            users: [{user: sys, password: s}]
        }
        A {
            jetstream: enabled
            users: [{user: a, password: b}]
            imports: [{service: {account: \"$SYS\", subject: \"$SYS.REQ.SERVER.*.VARZ\"}}]
        }
    }";
    let server = Server::with(Release::New, "sync_interval: always", exports);
    let login = Login::Password { user: "a".into(), password: "b".into() };
    let monitor = Some("127.0.0.1:1".into());
    let options = NatsOptions { login, monitor, ..NatsOptions::new([server.url()]) };
    let nats = Nats::connect(&options).await.unwrap();
    assert_eq!(nats.durability().sync, Sync::Always);
}

#[tokio::test]
async fn logins_of_every_kind_are_taken_and_wrong_ones_named() {
    let folder = tempfile::tempdir().unwrap();
    let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
    let public = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
    let key = folder.path().join("user.nk");
    fs::write(&key, format!("{seed}\n")).unwrap();
    let password = |password: &str| Login::Password { user: "a".into(), password: password.into() };
    for (config, right, wrong) in [
        (
            "authorization { user: a, password: \"b\" }".to_owned(),
            password("b"),
            vec![password("c"), Login::None],
        ),
        (
            "authorization { token: \"t\" }".to_owned(),
            Login::Token("t".into()),
            vec![Login::Token("u".into())],
        ),
        (
            format!("authorization {{ users: [{{nkey: {public}}}] }}"),
            Login::NKey(key.clone()),
            vec![Login::None],
        ),
    ] {
        let server = Server::with(Release::Old, "", &config);
        let options = NatsOptions { login: right, ..options(&server) };
        Nats::connect(&options).await.unwrap();
        for login in wrong {
            let error = Nats::connect(&NatsOptions { login, ..options.clone() }).await.unwrap_err();
            assert!(matches!(error, NatsError::Refused { .. }), "{error:?}");
            assert!(error.to_string().contains(&server.port().to_string()), "{error}");
        }
        let missing = PathBuf::from("no/such.creds");
        let login = Login::Credentials(missing.clone());
        let error = Nats::connect(&NatsOptions { login, ..options }).await.unwrap_err();
        assert!(matches!(error, NatsError::File { file, .. } if file == missing));
    }
}

#[tokio::test]
async fn what_cannot_be_reached_or_used_is_named() {
    let error = Nats::connect(&NatsOptions::new(["nats://127.0.0.1:1"])).await.unwrap_err();
    assert!(matches!(error, NatsError::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    for wrong in ["http://127.0.0.1:4222", "nats://", ""] {
        let error = Nats::connect(&NatsOptions::new([wrong])).await.unwrap_err();
        assert!(matches!(error, NatsError::Address { .. }), "{wrong}: {error:?}");
    }
    let server = Server::with(
        Release::New,
        "",
        "accounts { A { users: [{user: a, password: b}] } }\nno_auth_user: a",
    );
    let error = Nats::connect(&options(&server)).await.unwrap_err();
    assert!(matches!(error, NatsError::NoJetStream { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_comes_back_after_its_server() {
    let mut server = Server::start(Release::Old);
    let nats = Nats::connect(&options(&server)).await.unwrap();
    let mut link = nats.link();
    server.kill();
    link.wait_for(|link| *link == Link::Down).await.unwrap();
    server.restart();
    link.wait_for(|link| *link == Link::Up).await.unwrap();
}

#[tokio::test]
async fn certificates_are_asked_for_and_shown() {
    let Some(files) = certificates() else {
        println!("no openssl here: TLS is not tested");
        return;
    };
    let path = files.path().display();
    let tls = format!(
        "tls {{ cert_file: \"{path}/server.pem\", key_file: \"{path}/server.key\", \
         ca_file: \"{path}/ca.pem\", verify: true }}"
    );
    let server = Server::with(Release::New, "", &tls);
    let file = |name: &str| files.path().join(name);
    let trusting = TlsFiles { ca: Some(file("ca.pem")), client: None };
    let known = TlsFiles { client: Some((file("user.pem"), file("user.key"))), ..trusting.clone() };
    let with = |tls: TlsFiles| NatsOptions { tls, ..options(&server) };
    Nats::connect(&with(known.clone())).await.unwrap();
    for wrong in [TlsFiles { ca: None, ..known }, trusting] {
        let error = Nats::connect(&with(wrong)).await.unwrap_err();
        assert!(matches!(error, NatsError::Connect { .. }), "{error:?}");
    }
}

/// An authority with a certificate for a server and one for a user; `None` without `openssl`.
fn certificates() -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let run = |line: &str| {
        let mut command = std::process::Command::new("openssl");
        let output = command.args(line.split(' ')).current_dir(folder.path()).output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(())
    };
    let new = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    run(&format!("{new} -x509 -keyout ca.key -out ca.pem -subj /CN=authority"))?;
    fs::write(folder.path().join("server.ext"), "subjectAltName=IP:127.0.0.1").unwrap();
    fs::write(folder.path().join("user.ext"), "extendedKeyUsage=clientAuth").unwrap();
    for name in ["server", "user"] {
        run(&format!("{new} -keyout {name}.key -out {name}.csr -subj /CN={name}"))?;
        let sign = "x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2";
        run(&format!("{sign} -in {name}.csr -out {name}.pem -extfile {name}.ext"))?;
    }
    Some(folder)
}

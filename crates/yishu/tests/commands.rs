//! The binary as an operator runs it.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn yishu() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yishu"));
    // What the machine's own environment sets is not part of the test.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("YISHU_")) {
        command.env_remove(name);
    }
    command
}

fn run(args: &[&str]) -> Output {
    yishu().args(args).stdin(Stdio::null()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A served city; it is told to stop when this is dropped.
struct Server {
    child: Child,
    address: String,
    said: String,
}

impl Server {
    fn start(data: &Path) -> Server {
        let mut child = yishu()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("the server says where it is").unwrap();
        let address = first
            .split_once("http://")
            .unwrap()
            .1
            .split_once('（')
            .unwrap()
            .0
            .to_owned();
        // The rest is read on, so that the server never writes to a closed pipe.
        let mut said = first;
        if said.contains("一数已启动") {
            said.push_str(&lines.next().unwrap().unwrap());
        }
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, address, said }
    }

    fn get(&self, path: &str) -> u16 {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        agent
            .get(format!("http://{}{path}", self.address))
            .call()
            .unwrap()
            .status()
            .as_u16()
    }

    fn stop(mut self) -> Option<i32> {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_last_day_of_a_limit_is_one_line() {
    let output = run(&["due", "2026-09-30", "5"]);
    assert!(output.status.success());
    assert_eq!(out(&output), "2026-10-13\n");
    assert_eq!(out(&run(&["due", "2026-12-31", "1"])), "2027-01-01 暂定\n");
    let wrong = run(&["due", "2026-09-31", "5"]);
    assert!(wrong.status.code() == Some(2) && out(&wrong).is_empty());
    assert!(err(&wrong).contains("不是一个存在的日期"), "{}", err(&wrong));
    assert_eq!(run(&["due", "2026-09-30"]).status.code(), Some(2));
}

#[test]
fn many_limits_are_answered_line_by_line_and_a_bad_line_fails_the_command_at_its_end() {
    let mut child = yishu()
        .args(["due", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all("2026-09-30 5\n明天 5\n2026-09-30 6\n".as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<String> = out(&output).lines().map(str::to_owned).collect();
    assert_eq!(
        (lines[0].as_str(), lines[2].as_str()),
        ("2026-10-13", "2026-10-14")
    );
    assert!(lines[1].starts_with("错误：第 2 行"));
}

#[test]
fn an_empty_city_is_served_founded_beside_the_server_and_found_healthy() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("城市");
    let data_text = data.to_str().unwrap();
    let server = Server::start(&data);
    assert!(server.said.contains("城市里还没有任何账号"), "{}", server.said);
    assert_eq!((server.get("/livez"), server.get("/openapi.json")), (200, 200));

    let second = run(&["serve", "--data", data_text, "--listen", "127.0.0.1:0"]);
    assert!(err(&second).contains("正被另一个进程使用"), "{}", err(&second));
    let port = server.address.clone();
    let other = root.path().join("other");
    let taken = run(&["serve", "--data", other.to_str().unwrap(), "--listen", &port]);
    assert!(err(&taken).contains("已被另一个程序占用"), "{}", err(&taken));

    let weak = founded(data_text, "短");
    assert!(
        !weak.status.success() && err(&weak).contains("密码至少10个字符"),
        "{}",
        err(&weak)
    );
    let founding = run(&["admin", "create", "--data", data_text, "--generate"]);
    assert!(founding.status.success(), "{}", err(&founding));
    assert!(out(&founding).contains("口令（只显示这一次"));
    let again = run(&["admin", "create", "--data", data_text, "--generate"]);
    assert!(
        !again.status.success() && err(&again).contains("已有账号"),
        "{}",
        err(&again)
    );

    let doctor = run(&["doctor", "--data", data_text]);
    assert!(out(&doctor).contains("服务正在运行"), "{}", out(&doctor));
    let live = run(&["evidence", "verify", "--data", data_text]);
    assert!(live.status.success(), "{}", out(&live));
    assert_eq!(server.stop(), Some(0));

    let doctor = run(&["doctor", "--data", data_text]);
    assert!(out(&doctor).contains("✓ 证据日志"), "{}", out(&doctor));
    assert!(out(&doctor).contains("✓ 库结构"), "{}", out(&doctor));
    let due = run(&["due", "2026-09-30", "5", "--data", data_text]);
    assert_eq!(out(&due), "2026-10-13\n", "{}", err(&due));
}

/// Founds with a password on the standard input.
fn founded(data: &str, password: &str) -> Output {
    let mut child = yishu()
        .args(["admin", "create", "--data", data])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_city_is_founded_without_a_server_too() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().to_str().unwrap();
    let output = founded(data, "Yongzhou-2026");
    assert!(output.status.success(), "{}", err(&output));
    assert!(
        !out(&output).contains("口令（"),
        "a password that was typed is not shown"
    );
    assert!(!founded(data, "Yongzhou-2026").status.success());
}

#[test]
fn the_log_is_verified_offline_and_the_damaged_entry_is_named() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("data/evidence");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let log = evidence::Log::open(&dir, "city/log", &root.path().join("key")).unwrap();
    for n in 0..3u8 {
        runtime.block_on(log.append("call", vec![b'0' + n; 20])).unwrap();
    }
    let receipt = root.path().join("回执.txt");
    fs::write(&receipt, log.receipt(1).unwrap()).unwrap();
    drop(log);
    let (dir, data) = (dir.to_str().unwrap(), root.path().join("data"));
    let vkey = out(&run(&["evidence", "vkey", dir]));
    assert!(vkey.starts_with("city/log+"));
    let key = root.path().join("公钥.txt");
    fs::write(&key, &vkey).unwrap();
    let key = key.to_str().unwrap();
    for args in [
        vec!["evidence", "verify", dir],
        vec!["evidence", "verify", "--data", data.to_str().unwrap()],
    ] {
        let output = run(&args);
        assert!(
            output.status.success() && out(&output).contains("共 3 条，已签名 3 条"),
            "{}",
            out(&output)
        );
    }
    let held = run(&["evidence", "receipt", receipt.to_str().unwrap(), "--vkey", key]);
    assert!(
        held.status.success() && out(&held).contains("11111"),
        "{}",
        err(&held)
    );
    let changed = fs::read_to_string(&receipt)
        .unwrap()
        .replace("index 1", "index 2");
    fs::write(&receipt, changed).unwrap();
    let refused = run(&[
        "evidence",
        "receipt",
        receipt.to_str().unwrap(),
        "--vkey",
        vkey.trim(),
    ]);
    assert!(refused.status.code() == Some(1) && err(&refused).contains("回执不成立"));

    let records = Path::new(dir).join("records");
    let mut bytes = fs::read(&records).unwrap();
    let at = bytes.windows(20).position(|part| part == [b'2'; 20]).unwrap();
    bytes[at] ^= 1;
    fs::write(&records, bytes).unwrap();
    let output = run(&["evidence", "verify", dir, "--vkey", key]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("第 2 条：文件 records"), "{}", out(&output));
}

#[test]
fn a_delivery_that_cannot_be_sent_says_why_and_ends_with_its_own_code() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("a.csv");
    fs::write(&file, "a\n1\n").unwrap();
    let file = file.to_str().unwrap();
    let send = |server: &str, file: &str| {
        run(&[
            "deliver", "--entry", "e", "--file", file, "--key", "yk_x", "--server", server,
        ])
    };
    let away = send("http://127.0.0.1:1", file);
    assert!(
        away.status.code() == Some(4) && err(&away).contains("连不上平台"),
        "{}",
        err(&away)
    );
    assert_eq!(send("127.0.0.1:1", file).status.code(), Some(2));
    let missing = send("http://127.0.0.1:1", "/nonexistent.csv");
    assert!(missing.status.code() == Some(2) && err(&missing).contains("读不出来"));
    let server = Server::start(&root.path().join("city"));
    let unknown = send(&format!("http://{}", server.address), file);
    assert_eq!(unknown.status.code(), Some(1), "{}", err(&unknown));
    assert!(err(&unknown).contains("密钥"), "{}", err(&unknown));
}

#[test]
fn a_doctor_finds_a_readable_secret_and_a_database_of_another_city_which_is_not_served_either() {
    let root = tempfile::tempdir().unwrap();
    let place = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let (here, there) = (place("here"), place("there"));
    assert!(founded(&here, "Yongzhou-2026").status.success());
    assert!(founded(&there, "Yongzhou-2026").status.success());
    let doctor = run(&["doctor", "--data", &here]);
    assert!(out(&doctor).contains("✓ 数据文件"), "{}", out(&doctor));

    let secret = root.path().join("here/keys/other.key");
    fs::write(&secret, "secret").unwrap();
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let doctor = run(&["doctor", "--data", &here]);
    assert!(
        out(&doctor).contains("✗ 签名密钥") && out(&doctor).contains("other.key"),
        "{}",
        out(&doctor)
    );
    fs::remove_file(secret).unwrap();

    fs::copy(
        root.path().join("there/city.db"),
        root.path().join("here/city.db"),
    )
    .unwrap();
    let doctor = run(&["doctor", "--data", &here]);
    assert!(out(&doctor).contains("不属于同一座城市"), "{}", out(&doctor));
    let served = run(&["serve", "--data", &here, "--listen", "127.0.0.1:0"]);
    assert!(
        !served.status.success() && err(&served).contains("不属于同一座城市"),
        "{}",
        err(&served)
    );
}

#[test]
fn a_doctor_who_finds_nothing_installed_says_how_to_begin() {
    let root = tempfile::tempdir().unwrap();
    let output = run(&["doctor", "--data", root.path().join("none").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("✗ 数据目录") && out(&output).contains("yishu serve"),
        "{}",
        out(&output)
    );
    let away = [
        "doctor",
        "--data",
        root.path().to_str().unwrap(),
        "--database",
        "postgres://a@127.0.0.1:1/b",
    ];
    assert!(out(&run(&away)).contains("✗ 数据库"));
}

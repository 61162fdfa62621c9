//! The private PostgreSQL server of the tests: one for all test processes of a user, gone when idle.

use std::{
    env,
    fs::{self, File},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

const MISSING: &str = "PostgreSQL is needed for this test. Install its server (Debian: apt-get install postgresql), \
    or set YISHU_TEST_POSTGRES to the address of one where databases may be made, \
    such as postgres://user:password@localhost/postgres";

/// Fast rather than safe: nothing here outlives the tests.
const OPTIONS: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 \
    -c shared_buffers=64MB -c listen_addresses=";

/// Address of the server, started if need be. Waits for processes; call it where that is allowed.
pub(super) fn address() -> String {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS
        .get_or_init(|| env::var("YISHU_TEST_POSTGRES").unwrap_or_else(|_| Server::find().share()))
        .clone()
}

struct Server {
    programs: PathBuf,
    home: PathBuf,
    /// Whom the server runs as, where the tests run as root, which it refuses.
    user: Option<String>,
}

impl Server {
    fn find() -> Server {
        let programs = programs().unwrap_or_else(|| panic!("{MISSING}"));
        let uid = fs::metadata("/proc/self").expect("this process").uid();
        let user = (uid == 0).then(|| {
            let candidates = ["postgres", "nobody"];
            let found = candidates.into_iter().find(|it| number_of("-u", it).is_some());
            found
                .expect("an account that PostgreSQL may run as: postgres or nobody")
                .to_owned()
        });
        Server {
            programs,
            home: env::temp_dir().join(format!("yishu-test-postgres-{uid}")),
            user,
        }
    }

    /// Makes sure the server runs for as long as this process does.
    fn share(self) -> String {
        fs::create_dir_all(&self.home).expect("a directory for the server");
        fs::set_permissions(&self.home, fs::Permissions::from_mode(0o755)).expect("a readable directory");
        // In this order: whoever has the first lock keeps the server from being stopped.
        let in_use = self.lock_file("users.lock");
        in_use.lock_shared().expect("a shared lock");
        std::mem::forget(in_use);
        let starting = self.lock_file("start.lock");
        starting.lock().expect("a lock");
        if !self.is_running() {
            if !self.start() {
                // A server that was killed may have left its files unusable: they are only tests' files.
                self.make_anew();
                assert!(
                    self.start(),
                    "PostgreSQL does not start; see {}",
                    self.socket_dir().join("log").display()
                );
            }
            self.stop_when_idle();
        }
        format!(
            "postgres://yishu@localhost/postgres?host={}",
            self.socket_dir().display()
        )
    }

    fn lock_file(&self, name: &str) -> File {
        let path = self.home.join(name);
        File::options()
            .create(true)
            .append(true)
            .open(path)
            .expect("a lock file")
    }

    fn data_dir(&self) -> PathBuf {
        self.home.join("data")
    }

    fn socket_dir(&self) -> PathBuf {
        self.home.join("run")
    }

    fn is_running(&self) -> bool {
        self.data_dir().exists() && self.run("pg_ctl", &["status"], &[])
    }

    fn start(&self) -> bool {
        if !self.data_dir().join("PG_VERSION").exists() {
            self.make_anew();
        }
        let options = format!(
            "{OPTIONS} -c unix_socket_directories={}",
            self.socket_dir().display()
        );
        let log = self.socket_dir().join("log");
        self.run(
            "pg_ctl",
            &["start", "-w", "-t", "60", "-o", &options, "-l"],
            &[&log],
        )
    }

    fn make_anew(&self) {
        for dir in [self.data_dir(), self.socket_dir()] {
            let _ = fs::remove_dir_all(&dir);
            fs::create_dir(&dir).expect("a directory for the server");
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).expect("a private directory");
            if let Some(user) = &self.user {
                chown(&dir, number_of("-u", user), number_of("-g", user)).expect("a directory of its own");
            }
        }
        let arguments = [
            "--username=yishu",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ];
        assert!(
            self.run("initdb", &arguments, &[]),
            "initdb fails in {}",
            self.home.display()
        );
    }

    /// Leaves somebody behind who stops the server once no test process has used it for a while.
    fn stop_when_idle(&self) {
        let stop = self.command("pg_ctl");
        // The outer shell ends at once and so leaves nobody of ours to wait for.
        let script = "(while sleep 20; do flock -n \"$0\" \"$@\" stop -m fast && exit; done) &";
        let mut watch = Command::new("sh");
        watch.args(["-c", script]).arg(self.home.join("users.lock"));
        watch.arg(stop.get_program()).args(stop.get_args());
        let status = quiet(&mut watch).process_group(0).status();
        assert!(status.is_ok_and(|it| it.success()), "a shell to watch the server");
    }

    fn run(&self, program: &str, arguments: &[&str], paths: &[&Path]) -> bool {
        let mut command = self.command(program);
        command.args(arguments).args(paths);
        quiet(&mut command).status().is_ok_and(|it| it.success())
    }

    /// A program of the server's, acting on its files and as its user.
    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = match &self.user {
            None => Command::new(path),
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid"]);
                command.arg(number_of("-g", user).unwrap_or_default().to_string());
                command.arg("--clear-groups").arg(path);
                command
            }
        };
        command.arg("-D").arg(self.data_dir());
        command
    }
}

/// With no part in our input and output, which a server would otherwise hold open after us.
fn quiet(command: &mut Command) -> &mut Command {
    command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

/// The number of an account (`-u`) or its group (`-g`).
fn number_of(which: &str, user: &str) -> Option<u32> {
    let output = Command::new("id")
        .args([which, user])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Where the server's programs are: Debian's directory of the newest version, or the search path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut debian: Vec<(u32, PathBuf)> = versions
        .filter_map(|it| Some((it.file_name().to_str()?.parse().ok()?, it.path().join("bin"))))
        .collect();
    debian.sort();
    let newest_first = debian.into_iter().rev().map(|it| it.1);
    let path = env::var_os("PATH").unwrap_or_default();
    newest_first
        .chain(env::split_paths(&path))
        .find(|dir| dir.join("initdb").exists() && dir.join("pg_ctl").exists())
}

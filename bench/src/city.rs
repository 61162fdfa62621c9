//! The demo city, started from the release binary in a process of its own.

use std::error::Error;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a city is waited for: one with a hundred thousand entries takes many minutes to make.
const READY: Duration = Duration::from_secs(1_800);

/// A running demo city; stopped when dropped.
pub struct City {
    process: Child,
    /// `127.0.0.1:port`.
    pub address: String,
    demo: Value,
}

/// Builds the release binary and says where it is.
pub fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    // What cargo tells this program of its own package would make build scripts of others run again.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"]
            .iter()
            .any(|it| name.starts_with(it))
        {
            build.env_remove(name);
        }
    }
    let output = build
        .args([
            "build",
            "--release",
            "--package",
            "yishu",
            "--message-format",
            "json",
        ])
        .stderr(Stdio::inherit())
        .output()?;
    let messages = String::from_utf8(output.stdout)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .ok_or_else(|| "cargo built no binary".into())
}

/// A port that nothing listens on now.
pub fn free_port() -> Result<u16, Box<dyn Error>> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

impl City {
    /// Makes a demo city with so many people, and so many more entries in its catalogue, and waits until it answers.
    pub fn demo(binary: &Path, data: &Path, people: u64, entries: u64) -> Result<City, Box<dyn Error>> {
        let since = Instant::now();
        let (people_asked, entries_asked) = (people.to_string(), entries.to_string());
        let options = [
            "--people",
            people_asked.as_str(),
            "--entries",
            entries_asked.as_str(),
        ];
        let city = City::start(binary, "demo", data, &options)?;
        let seconds = since.elapsed().as_secs_f64();
        println!("演示城市\n  {people} 人,另有 {entries} 条目录,启动用时 {seconds:.1} s");
        Ok(city)
    }

    /// Serves a city that was made before, and waits until it answers.
    pub fn serve(binary: &Path, data: &Path) -> Result<City, Box<dyn Error>> {
        City::start(binary, "serve", data, &[])
    }

    fn start(binary: &Path, command: &str, data: &Path, options: &[&str]) -> Result<City, Box<dyn Error>> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let since = Instant::now();
        // Its log is written as on a server, and kept away from the figures.
        let log = data.with_extension("log");
        let process = Command::new(binary)
            .args([command, "--listen", &address, "--data"])
            .arg(data)
            .args(options)
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut city = City {
            process,
            address,
            demo: Value::Null,
        };
        while !city.is_ready() {
            if since.elapsed() > READY {
                return Err("the city did not become ready in 1,800 s".into());
            }
            if let Some(status) = city.process.try_wait()? {
                let said = fs::read_to_string(&log)?;
                return Err(format!("the city stopped: {status}\n{said}").into());
            }
            sleep(Duration::from_millis(20));
        }
        city.demo = serde_json::from_slice(&fs::read(data.join("demo.json"))?)?;
        Ok(city)
    }

    fn is_ready(&self) -> bool {
        crate::load::get(&self.address, "/readyz").is_ok_and(|status| status == 200)
    }

    /// The example call of this name in demo.json.
    pub fn call(&self, name: &str) -> Result<&Value, Box<dyn Error>> {
        let calls = self.demo["calls"].as_array().ok_or("demo.json has no calls")?;
        let found = calls.iter().find(|it| it["name"] == name);
        found.ok_or_else(|| format!("demo.json has no call named {name}").into())
    }

    /// Name and password of an account.
    pub fn account(&self, login: &str) -> Result<(&str, &str), Box<dyn Error>> {
        let accounts = self.demo["accounts"]
            .as_array()
            .ok_or("demo.json has no accounts")?;
        let found = accounts.iter().find(|it| it["user"] == login);
        let password = found.and_then(|it| it["password"].as_str());
        let user = found.and_then(|it| it["user"].as_str());
        user.zip(password)
            .ok_or_else(|| format!("demo.json has no account named {login}").into())
    }

    /// The most memory the server has held so far, in MiB.
    pub fn memory_mib_max(&self) -> Result<f64, Box<dyn Error>> {
        self.memory("VmHWM:")
    }

    /// The memory the server holds now, in MiB.
    pub fn memory_mib(&self) -> Result<f64, Box<dyn Error>> {
        self.memory("VmRSS:")
    }

    fn memory(&self, name: &str) -> Result<f64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status
            .lines()
            .find(|it| it.starts_with(name))
            .ok_or("no such figure")?;
        let kib: f64 = line.split_whitespace().nth(1).ok_or("no figure")?.parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for City {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

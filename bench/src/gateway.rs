//! Key queries through the gateway, evidence durable before each answer, against nginx serving a static file
//! of the same size.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use synthetic::Population;

use crate::city::{City, free_port};
use crate::load::{self, Round};
use crate::{Args, report};

/// The seed of the demo city's population: the bench knows the keys by making the same people again.
const DEMO_SEED: u64 = 20_250_701;

/// Measures both by turns and prints the ratio.
pub fn run(city: &City, scratch: &Path, args: &Args) -> Result<(), Box<dyn Error>> {
    println!(
        "网关:{} 个连接,每轮 {} s,共 {} 轮",
        args.connections, args.seconds, args.rounds
    );
    let keys = keys(args.people);
    let lasting = Duration::from_secs(args.seconds);
    let first = gateway_round(city, &keys, args.connections, Duration::from_secs(2))?;
    let nginx = Nginx::start(scratch, first.body_bytes)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        theirs.push(nginx.round(args.connections, lasting)?);
        ours.push(gateway_round(city, &keys, args.connections, lasting)?);
    }
    let rate = |rounds: &[Round]| report::median(rounds.iter().map(|it| it.per_second).collect());
    let (our_rate, nginx_rate) = (rate(&ours), rate(&theirs));
    report::line("nginx 静态文件,同样大小", nginx_rate, "次/s");
    report::line("网关按主键查询,先留证后应答", our_rate, "次/s");
    report::line("  应答大小", first.body_bytes as f64, "字节");
    report::line(
        "  p50",
        report::median(ours.iter().map(|it| it.p50_ms).collect()),
        "ms",
    );
    report::line(
        "  p99",
        report::median(ours.iter().map(|it| it.p99_ms).collect()),
        "ms",
    );
    report::held_against("网关 ÷ nginx", our_rate / nginx_rate, 0.35, true);
    report::held_against("服务进程内存峰值 MiB", city.memory_mib_max()?, 512.0, false);
    Ok(())
}

fn keys(people: u64) -> Vec<String> {
    Population::new(people, 5, DEMO_SEED)
        .filter(|it| it.fault.is_none())
        .step_by(7)
        .map(|it| it.person.0[0].clone())
        .collect()
}

fn gateway_round(
    city: &City,
    keys: &[String],
    connections: usize,
    lasting: Duration,
) -> Result<Round, Box<dyn Error>> {
    let call = city.call("query")?;
    let path = call["path"].as_str().ok_or("no path")?;
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: {}\r\n", city.address);
    for (name, value) in call["headers"].as_object().ok_or("no headers")? {
        head.push_str(&format!("{name}: {}\r\n", value.as_str().unwrap_or_default()));
    }
    // Made beforehand: the machine's time in the round belongs to the server.
    let requests: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| {
            let mut body = call["body"].clone();
            body["where"]["id_card"] = key.clone().into();
            let body = body.to_string();
            format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
        })
        .collect();
    load::round(&city.address, connections, lasting, move |n| {
        requests[(n as usize * 7919) % requests.len()].clone()
    })
}

struct Nginx {
    process: Child,
    address: String,
}

impl Nginx {
    fn start(scratch: &Path, bytes: usize) -> Result<Nginx, Box<dyn Error>> {
        let root = scratch.join("nginx");
        fs::create_dir_all(&root)?;
        fs::write(root.join("answer.json"), vec![b'x'; bytes])?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let dir = root.display();
        let conf = format!(
            "daemon off; worker_processes auto; pid {dir}/pid; error_log {dir}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; keepalive_requests 1000000000; sendfile on; open_file_cache max=10;\n\
             client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;\n\
             uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;\n\
             server {{ listen {address}; root {dir}; }} }}\n"
        );
        fs::write(root.join("nginx.conf"), conf)?;
        make_readable(scratch)?;
        let process = Command::new(find_nginx()?)
            .arg("-c")
            .arg(root.join("nginx.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let nginx = Nginx { process, address };
        for _ in 0..100 {
            if load::get(&nginx.address, "/answer.json").is_ok_and(|status| status == 200) {
                return Ok(nginx);
            }
            sleep(Duration::from_millis(50));
        }
        Err(format!("nginx did not answer; see {dir}/error.log").into())
    }

    fn round(&self, connections: usize, lasting: Duration) -> Result<Round, Box<dyn Error>> {
        let request = format!("GET /answer.json HTTP/1.1\r\nhost: {}\r\n\r\n", self.address).into_bytes();
        load::round(&self.address, connections, lasting, move |_| request.clone())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A plain kill of the master would leave its workers; a polite stop takes them along.
        let _ = Command::new("kill")
            .arg("-TERM")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
    }
}

fn find_nginx() -> Result<&'static str, Box<dyn Error>> {
    ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]
        .into_iter()
        .find(|it| Path::new(it).exists())
        .ok_or_else(|| "未找到 nginx。请先安装:apt-get install nginx-light".into())
}

/// Started by root, nginx serves as another user, who must be able to enter the scratch folder.
fn make_readable(scratch: &Path) -> Result<(), Box<dyn Error>> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(scratch, fs::Permissions::from_mode(0o755))?)
}

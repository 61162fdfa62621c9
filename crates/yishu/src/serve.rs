//! `yishu serve`: pages and gateway behind one listener, until it is told to stop.

use std::{
    error::Error,
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
    time::Duration,
};

use app::{City, notices::mail::Mailer};
use axum::Router;
use clap::Args;
use gateway::Gateway;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::TcpListener,
    runtime::Handle,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::{
    clock,
    failure::{Failure, Outcome},
    founding,
    lanes::{Doors, Lanes},
    lock::Lock,
    mail::{self, MailArgs},
    place::Place,
};

/// Options of `yishu serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    place: Place,
    /// 监听地址。对外服务时请在前面放置 TLS 代理
    #[arg(
        long,
        value_name = "地址:端口",
        default_value = "127.0.0.1:8080",
        env = "YISHU_LISTEN"
    )]
    listen: SocketAddr,
    /// 证据日志的名称，写在每份回执里，建立后不能更改，如 yongzhou.gov.cn/yishu
    #[arg(long, value_name = "名称", env = "YISHU_ORIGIN")]
    origin: Option<String>,
    #[command(flatten)]
    mail: MailArgs,
}

/// How long acts in progress may take once the process is told to stop.
const LAST_ACTS: Duration = Duration::from_secs(20);

/// The longest a sender may be silent in the middle of what he sends.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Bounds of the buckets of every duration, in seconds.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Opens the city in the data directory and serves it.
pub async fn command(args: ServeArgs) -> Outcome {
    let config = args.place.city(args.origin.as_deref())?;
    let mailer = args.mail.mailer()?;
    let listener = bind(args.listen).await?;
    let _lock = Lock::take(&args.place.data)?;
    let city = City::open(config).await?;
    let address = listener.local_addr()?;
    say(&format!(
        "一数已启动：http://{address}（数据目录 {}）",
        args.place.data.display()
    ));
    let door = if app::people::is_empty(&city).await? {
        say(&founding::how_to(&args.place.data));
        founding::open_door(&city, &args.place.data)
    } else {
        None
    };
    run(city, listener, mailer).await?;
    drop(door);
    say("已停止。");
    Ok(ExitCode::SUCCESS)
}

/// Takes the address, or says why not.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, Box<dyn Error>> {
    TcpListener::bind(listen).await.map_err(|error| -> Box<dyn Error> {
        let port = listen.port();
        Failure::new(match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("端口 {port} 已被另一个程序占用。请停止那个程序，或用 --listen 另选，如 --listen 127.0.0.1:{}", port.wrapping_add(1).max(1024))
            }
            io::ErrorKind::PermissionDenied => {
                format!("无权使用端口 {port}。低于 1024 的端口需要额外权限，请用 --listen 选 1024 以上的端口，由前置代理转发。")
            }
            io::ErrorKind::AddrNotAvailable => {
                format!("本机没有地址 {}。请用 --listen 给出本机的地址，如 127.0.0.1:{port}", listen.ip())
            }
            _ => format!("不能监听 {listen}：{error}。请用 --listen 另选地址。"),
        })
    })
}

/// Serves `city` until SIGINT or SIGTERM; acts in progress are finished first.
pub async fn run(city: City, listener: TcpListener, mailer: Option<Mailer>) -> Result<(), Box<dyn Error>> {
    permit_all_files();
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    let doors = doors(&city, metrics.clone());
    let upkeep = tokio::spawn(upkeep(city.clone(), metrics));
    if mailer.as_ref().is_some_and(Mailer::has_site) {
        city.write_letters();
    } else if mailer.is_some() {
        say("没有给出 --site：邮件里没有链接，申请人的邮箱不确认，也不能用邮件重设密码。");
    }
    let post = mailer.map(|it| tokio::spawn(mail::keep_sending(city.clone(), it)));
    let (stop, stopped) = watch::channel(());
    let stopping = stop_signal()?;
    tokio::spawn(async move {
        stopping.await;
        say("正在停止：等待办理中的请求完成（再按一次立即停止）……");
        let _ = stop.send(());
        give_up().await;
    });
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    Lanes::open(count, &doors, &stopped)?
        .run(listener, stopped)
        .await?;
    drop(doors);
    upkeep.abort();
    if let Some(post) = post {
        post.abort();
    }
    city.close().await;
    Ok(())
}

/// Everything that is served of `city`.
pub fn doors(city: &City, metrics: PrometheusHandle) -> Doors {
    let gateway = Gateway::new(city.clone(), metrics);
    Doors {
        calls: not_for_ever(gateway.calls()),
        rest: not_for_ever(
            gateway
                .rest()
                .merge(portal::router(city.clone()))
                .merge(web::router(city.clone())),
        ),
        gateway,
        shared: Handle::current(),
    }
}

/// Takes as many open files as the system permits: each connection is one, each table that is read some more, and what
/// a session begins with is soon used up.
fn permit_all_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the number of open files could not be raised");
    }
}

/// The same, where a sender who falls silent is not waited for.
fn not_for_ever(router: Router) -> Router {
    router.layer(RequestBodyTimeoutLayer::new(SILENCE_MAX))
}

/// Ends the process when the last acts take too long, or when it is told to stop a second time. What was
/// acknowledged is on disk already, so this loses nothing.
async fn give_up() {
    if let Ok(again) = stop_signal() {
        tokio::select! {
            () = again => {}
            () = tokio::time::sleep(LAST_ACTS) => {}
        }
    }
    say("仍有请求未完成，已立即停止。已确认的办理不受影响。");
    std::process::exit(0);
}

/// Resolves when the process is told to stop.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What has to be done now and then.
async fn upkeep(city: City, metrics: PrometheusHandle) {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    for turn in 0u64.. {
        every.tick().await;
        metrics.run_upkeep();
        city.make_good().await;
        if turn.is_multiple_of(120)
            && let Err(refused) = app::people::sweep(&city, clock::now()).await
        {
            tracing::warn!(%refused, "ended sessions were not removed");
        }
        if turn.is_multiple_of(120)
            && let Err(refused) = app::applicants::sweep(&city, clock::now()).await
        {
            tracing::warn!(%refused, "ended sessions of applicants were not removed");
        }
        if turn.is_multiple_of(120)
            && let Err(refused) = app::delivery::sweep(&city, clock::now())
        {
            tracing::warn!(%refused, "abandoned uploads were not removed");
        }
        // Every ten minutes, so that a day never passes without; what was told is not told again.
        if turn.is_multiple_of(120)
            && let Err(refused) = app::reminders::sweep(&city, clock::now()).await
        {
            tracing::warn!(%refused, "clocks were not told of");
        }
    }
}

/// Tells the terminal; that nobody reads it is no reason to stop.
fn say(words: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{words}");
    let _ = out.flush();
}

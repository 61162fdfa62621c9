//! `yishu admin create`: the city's data authority and its first administrator.
//!
//! While the city is empty and served, the server keeps a socket in its data directory, so that the command works
//! beside it. Whoever may enter the directory may found the city, just as without the server.

use std::{
    error::Error,
    fs,
    io::{self, BufRead, BufReader, IsTerminal, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::ExitCode,
};

use app::{City, Refused, orgs::NewOrg};
use clap::Args;
use console::Term;
use rules::people::{Level, OrgKind};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt},
    net::UnixListener,
};

use crate::{
    clock,
    failure::{Failure, Outcome},
    lock::Lock,
    place::Place,
};

/// Options of `yishu admin create`.
#[derive(Args, Debug)]
pub struct CreateArgs {
    #[command(flatten)]
    place: Place,
    /// 管理员的登录名
    #[arg(long, value_name = "登录名", default_value = "admin")]
    login: String,
    /// 管理员的姓名
    #[arg(long, value_name = "姓名", default_value = "系统管理员")]
    name: String,
    /// 政务数据主管部门的全称
    #[arg(long, value_name = "机构", default_value = "永州市行政审批服务局")]
    org: String,
    /// 行政区划代码，6 位
    #[arg(long, value_name = "代码", default_value = "431100")]
    region: String,
    /// 主管部门的统一社会信用代码，18 位
    #[arg(long, value_name = "代码", default_value = "11431100MB00000019")]
    credit_code: String,
    /// 主管部门目录的前段码；不给出则为 307021 加行政区划代码
    #[arg(long, value_name = "代码")]
    front_code: Option<String>,
    /// 随机生成口令，只显示一次
    #[arg(long)]
    generate: bool,
}

/// Everything the first act of a city needs.
#[derive(Serialize, Deserialize)]
struct Founding {
    login: String,
    name: String,
    password: String,
    org: String,
    region: String,
    credit_code: String,
    front_code: String,
}

/// What a server answers.
#[derive(Serialize, Deserialize)]
struct Answer {
    refused: Option<String>,
}

fn socket(data: &Path) -> PathBuf {
    data.join("founding.sock")
}

/// What to tell who has started an empty city.
pub fn how_to(data: &Path) -> String {
    let data = data.display();
    format!(
        "城市里还没有任何账号。请在另一个终端建立首个管理员：\n\n    yishu admin create --data {data}\n\n\
         它会询问口令（或加 --generate 随机生成），之后即可在浏览器登录，建立机构和人员。"
    )
}

/// Makes the first administrator, through the server when one holds the data directory.
pub async fn command(args: CreateArgs) -> Outcome {
    let (password, is_generated) = password(args.generate)?;
    let front_code = args
        .front_code
        .unwrap_or_else(|| format!("307021{}", args.region));
    let founding = Founding {
        login: args.login,
        name: args.name,
        password,
        org: args.org,
        region: args.region,
        credit_code: args.credit_code,
        front_code,
    };
    if Lock::holder(&args.place.data).is_some() {
        ask_server(&args.place.data, &founding)?;
    } else {
        let config = args.place.city(None)?;
        let _lock = Lock::take(&args.place.data)?;
        let city = City::open(config).await?;
        let founded = found(&city, &founding).await;
        city.close().await;
        founded.map_err(|refused| Failure::new(in_words(&refused)))?;
    }
    println!("已建立“{}”和首个系统管理员“{}”。", founding.org, founding.login);
    if is_generated {
        println!("口令（只显示这一次，请妥善保存）：{}", founding.password);
    }
    println!("请用浏览器登录，然后在“机构”“人员”中建立各部门和账号。");
    Ok(ExitCode::SUCCESS)
}

async fn found(city: &City, founding: &Founding) -> Result<(), Refused> {
    let authority = NewOrg {
        name: founding.org.clone(),
        kind: OrgKind::Authority,
        level: Level::City,
        region: founding.region.clone(),
        credit_code: founding.credit_code.clone(),
        front_code: founding.front_code.clone(),
        authority: None,
        confirmer: None,
    };
    let Founding {
        login,
        name,
        password,
        ..
    } = founding;
    app::people::create_first_admin(city, login, name, password, authority, clock::now())
        .await
        .map(|_| ())
}

fn in_words(refused: &Refused) -> String {
    let fields: Vec<&str> = refused.fields.iter().map(|it| it.1.as_str()).collect();
    if fields.is_empty() {
        refused.words.clone()
    } else {
        fields.join("")
    }
}

/// The password: generated, typed twice on a terminal, or one line of the standard input.
fn password(generate: bool) -> Result<(String, bool), Box<dyn Error>> {
    if generate {
        return Ok((generated(), true));
    }
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        let line = line.trim_end_matches(['\n', '\r']).to_owned();
        let is_empty = line.is_empty();
        return Ok(if is_empty {
            (generated(), true)
        } else {
            (line, false)
        });
    }
    let term = Term::stderr();
    let ask = |words: &str| -> io::Result<String> {
        term.write_str(words)?;
        term.read_secure_line()
    };
    let first =
        ask("口令（至少 10 个字符，含大写字母、小写字母、数字、其他字符中的三类；直接回车则随机生成）：")?;
    if first.is_empty() {
        return Ok((generated(), true));
    }
    if ask("再输入一次：")? != first {
        return Err(Failure::new("两次输入的口令不同，请重新运行。"));
    }
    Ok((first, false))
}

/// Twenty characters that are not mistaken for each other, with the classes that the rules ask for.
fn generated() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
    loop {
        let random: [u8; 23] = rand::random();
        // Drawn again where the alphabet would not come out even.
        let even = random
            .iter()
            .filter(|it| usize::from(**it) < 256 / LETTERS.len() * LETTERS.len());
        let word: Vec<u8> = even
            .map(|it| LETTERS[usize::from(*it) % LETTERS.len()])
            .take(20)
            .collect();
        let groups: Vec<_> = word.chunks(5).map(String::from_utf8_lossy).collect();
        let password = groups.join("-");
        if word.len() == 20 && rules::password::faults(&password, "").is_empty() {
            return password;
        }
    }
}

/// Asks the server that holds the data directory.
fn ask_server(data: &Path, founding: &Founding) -> Result<(), Box<dyn Error>> {
    let no_door = || {
        Failure::new(
            "服务正在使用该数据目录，且不接受建立首个管理员（可能已有账号）。请由现有系统管理员开立账号；若确无账号，请先停止服务再运行。",
        )
    };
    let mut stream = UnixStream::connect(socket(data)).map_err(|_| no_door())?;
    writeln!(stream, "{}", serde_json::to_string(founding)?)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let answer: Answer = serde_json::from_str(&line).map_err(|_| no_door())?;
    match answer.refused {
        None => Ok(()),
        Some(words) => Err(Failure::new(words)),
    }
}

/// The socket of an empty city; it goes away with this.
pub struct Door(PathBuf);

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Lets the command found the city that this process serves. Without it the command works when the server is
/// stopped, so a failure is only noted.
pub fn open_door(city: &City, data: &Path) -> Option<Door> {
    let path = socket(data);
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path)
        .and_then(|it| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map(|()| it))
        .inspect_err(|error| tracing::warn!(%error, "no socket for yishu admin create"))
        .ok()?;
    let city = city.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Err(error) = answer(&city, stream).await {
                tracing::warn!(%error, "yishu admin create was not answered");
            }
        }
    });
    Some(Door(path))
}

async fn answer(city: &City, stream: tokio::net::UnixStream) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    tokio::io::BufReader::new(read).read_line(&mut line).await?;
    let refused = match serde_json::from_str::<Founding>(&line) {
        Ok(founding) => found(city, &founding).await.err().map(|it| in_words(&it)),
        Err(_) => Some("命令与服务的版本不同，请使用同一版本。".to_owned()),
    };
    let mut text = serde_json::to_string(&Answer { refused })?;
    text.push('\n');
    write.write_all(text.as_bytes()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_password_is_good_and_another_each_time() {
        let (one, other) = (generated(), generated());
        assert_ne!(one, other);
        for password in [one, other] {
            assert_eq!(password.len(), 23);
            assert!(rules::password::faults(&password, "admin").is_empty());
        }
    }
}

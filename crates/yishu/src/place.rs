//! Where an installation is: the options that most commands share.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::failure::{Failure, MISUSED};

/// Where an installation keeps what it remembers.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// 数据目录：数据库（SQLite）、文件、检索索引、证据日志和密钥都在其中
    #[arg(long, value_name = "目录", env = "YISHU_DATA", default_value = "./yishu-data")]
    pub data: PathBuf,
    /// PostgreSQL 数据库地址，如 postgres://用户@主机/库名；不给出则使用数据目录内的 SQLite
    #[arg(long, value_name = "地址", env = "YISHU_DATABASE")]
    pub database: Option<String>,
}

/// The name of the log where nobody chose one.
const ORIGIN: &str = "yishu.local/evidence";

impl Place {
    /// The database address, if it is one.
    pub fn checked_database(&self) -> Result<Option<String>, Box<dyn Error>> {
        match &self.database {
            Some(url) if !url.starts_with("postgres://") && !url.starts_with("postgresql://") => {
                let words = "数据库地址应以 postgres:// 开头。使用内置的 SQLite 时不要给出 --database。";
                Err(Failure::with(MISUSED, words))
            }
            other => Ok(other.clone()),
        }
    }

    /// What the records are opened with.
    pub fn store(&self) -> Result<store::Config, Box<dyn Error>> {
        Ok(store::Config {
            database: self.checked_database()?,
            data_dir: self.data.clone(),
        })
    }

    /// What the city is opened with. The log keeps the name it was made with; `origin` names a new one.
    pub fn city(&self, origin: Option<&str>) -> Result<app::Config, Box<dyn Error>> {
        let kept = log_name(&self.evidence());
        if let (Some(kept), Some(origin)) = (&kept, origin)
            && kept != origin
        {
            let words = format!(
                "证据日志的名称是“{kept}”，不能改为“{origin}”：已发出的回执都写着原名。请去掉 --origin。"
            );
            return Err(Failure::with(MISUSED, words));
        }
        let origin = kept
            .or_else(|| origin.map(str::to_owned))
            .unwrap_or_else(|| ORIGIN.to_owned());
        Ok(app::Config {
            data_dir: self.data.clone(),
            database: self.checked_database()?,
            origin,
        })
    }

    /// Where the evidence log lies.
    pub fn evidence(&self) -> PathBuf {
        self.data.join("evidence")
    }
}

/// The name in the public key beside a log.
fn log_name(dir: &Path) -> Option<String> {
    let vkey = fs::read_to_string(dir.join("vkey")).ok()?;
    Some(vkey.split_once('+')?.0.to_owned())
}

//! The city: everything its acts need, opened once and shared by all.

use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, RwLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use ::evidence::Log;
use rules::calendar::{Calendar, DayKind, Notice};
use store::{
    Event, EventKind, LOG_KEY, Store, Write,
    events::{self, Recorded},
    files::Files,
    holidays,
    rows::Rows,
    search::Search,
    settings,
};

use crate::{Refused, calls, delivery, opening, portal, vault};

/// Where the city lives.
#[derive(Clone, Debug)]
pub struct Config {
    /// Everything that is not in the database: rows, files, search index, evidence, keys.
    pub data_dir: PathBuf,
    /// `postgres://…`; none for SQLite inside `data_dir`.
    pub database: Option<String>,
    /// The name of the log on its checkpoints, such as `yongzhou.example/yishu`.
    pub origin: String,
}

impl Config {
    /// A city inside one directory, with nothing else configured.
    pub fn embedded(data_dir: impl Into<PathBuf>) -> Config {
        Config {
            data_dir: data_dir.into(),
            database: None,
            origin: "yishu.local/evidence".to_owned(),
        }
    }
}

/// Why the city cannot be opened. The words are for the operator's terminal.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be used.
    #[error("无法使用数据目录 {path}：{cause}。请检查路径与权限。")]
    Directory {
        /// Where.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("无法打开数据库：{0}")]
    Store(String),
    /// The evidence log is damaged or cannot be opened.
    #[error("无法打开存证日志：{0}")]
    Evidence(String),
    /// The database and the data directory do not belong together.
    #[error("{0}：数据库与数据目录不属于同一座城市，或者不是同一时间的备份。请核对 --data 与 --database。")]
    Apart(String),
    /// Something that start-up does failed.
    #[error("启动未完成：{0}")]
    Start(String),
}

impl From<Refused> for OpenError {
    fn from(refused: Refused) -> OpenError {
        OpenError::Start(refused.to_string())
    }
}

impl From<store::StoreError> for OpenError {
    fn from(error: store::StoreError) -> OpenError {
        OpenError::Store(format!("{} ({error})", error.words()))
    }
}

/// The city. Cheap to clone.
#[derive(Clone)]
pub struct City(Arc<Parts>);

/// What the city is made of.
pub struct Parts {
    pub(crate) data_dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) rows: Rows,
    pub(crate) files: Files,
    pub(crate) search: Search,
    pub(crate) log: Log,
    pub(crate) gate: calls::Gate,
    pub(crate) deliveries: delivery::Running,
    pub(crate) releases: opening::Running,
    pub(crate) board: portal::Board,
    /// What seals applicants' own data, opened at first use.
    pub(crate) vault: tokio::sync::OnceCell<vault::Vault>,
    /// Whether letters with links go out: there is a mail server, and it is known where people reach the platform.
    letters: AtomicBool,
    /// Whoever writes the search index holds this, so that its position never goes back.
    pub(crate) indexing: tokio::sync::Mutex<()>,
    calendar: RwLock<Arc<Calendar>>,
    unlogged: Unlogged,
}

impl Deref for City {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// A city that may be gone.
pub(crate) struct WeakCity(Weak<Parts>);

impl WeakCity {
    /// The city, while it is there.
    pub(crate) fn upgrade(&self) -> Option<City> {
        self.0.upgrade().map(City)
    }
}

/// What a sealed act left behind.
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    /// The number of its event.
    pub seq: i64,
    /// Its place in the evidence log; none where the log could not be written, which is made good later.
    pub index: Option<u64>,
}

impl City {
    /// Opens the city and repairs what a crash left behind.
    pub async fn open(config: Config) -> Result<City, OpenError> {
        let directory = |path: &Path, cause| OpenError::Directory {
            path: path.display().to_string(),
            cause,
        };
        for path in [
            config.data_dir.clone(),
            config.data_dir.join("keys"),
            config.data_dir.join("spool"),
        ] {
            std::fs::create_dir_all(&path).map_err(|cause| directory(&path, cause))?;
        }
        let place = store::Config {
            database: config.database,
            data_dir: config.data_dir.clone(),
        };
        let store = Store::open(&place).await?;
        let rows = Rows::open(&place)
            .await
            .map_err(|it| OpenError::Store(it.to_string()))?;
        let files = Files::open(&place).map_err(|it| OpenError::Store(it.to_string()))?;
        let search =
            Search::open(&config.data_dir.join("search")).map_err(|it| OpenError::Start(it.to_string()))?;
        let board = portal::Board::open(&config.data_dir).map_err(|it| OpenError::Start(it.to_string()))?;
        let key = config.data_dir.join("keys").join("evidence.key");
        let log = Log::open(&config.data_dir.join("evidence"), &config.origin, &key)
            .map_err(|it| OpenError::Evidence(it.to_string()))?;
        let city = City(Arc::new(Parts {
            data_dir: config.data_dir,
            gate: calls::Gate::default(),
            deliveries: delivery::Running::default(),
            releases: opening::Running::default(),
            board,
            vault: tokio::sync::OnceCell::new(),
            calendar: RwLock::new(Arc::new(Calendar::built_in())),
            letters: AtomicBool::new(false),
            indexing: tokio::sync::Mutex::new(()),
            unlogged: Unlogged::default(),
            store,
            rows,
            files,
            search,
            log,
        }));
        city.start().await?;
        Ok(city)
    }

    /// What has to be done before the first act: holidays, events a crash kept from the log, grants, deliveries.
    async fn start(&self) -> Result<(), OpenError> {
        self.is_of_one_piece().await?;
        if holidays::all(self.store.read()).await?.is_empty() {
            crate::calendar::seed(self).await?;
        }
        self.reload_calendar().await?;
        crate::search::follow(self).await?;
        crate::search::keep_following(self);
        portal::follow(self).await?;
        portal::keep_following(self);
        calls::start(self).await?;
        self.catch_up().await?;
        delivery::resume(self).await?;
        opening::resume(self).await?;
        Ok(())
    }

    /// The records and the log are of one city and of one time: whoever starts with another's database is told, before
    /// anything is written.
    async fn is_of_one_piece(&self) -> Result<(), OpenError> {
        let (events, entries) = (events::last_seq(self.store.read()).await?, self.log.size());
        let last = events::last_logged(self.store.read()).await?;
        let key = settings::get(self.store.read(), LOG_KEY).await?;
        let words = match (key, last) {
            (Some(key), _) if key != self.log.vkey() => "数据库记载的是另一份证据日志".to_owned(),
            (_, Some(last)) if entries <= last => {
                format!("数据库记载到证据日志的第 {last} 条，日志只有 {entries} 条")
            }
            (_, None) if events == 0 && entries > 0 => {
                format!("证据日志已有 {entries} 条，数据库却是空的")
            }
            (Some(_), _) => return Ok(()),
            (None, _) => return Ok(self.remember_log().await?),
        };
        Err(OpenError::Apart(words))
    }

    /// Notes in the records which log is theirs.
    async fn remember_log(&self) -> Result<(), Refused> {
        let mut write = self.store.write().await?;
        settings::set(&mut write, LOG_KEY, &self.log.vkey()).await?;
        let event = Event {
            at_ms: 0,
            actor: None,
            org: None,
            kind: EventKind::SettingChanged,
            subject: LOG_KEY.to_owned(),
            body: serde_json::json!({ "made": true }),
        };
        self.seal(write, event).await?;
        Ok(())
    }

    /// The city for a task that goes on beside the acts and ends with it.
    pub(crate) fn downgrade(&self) -> WeakCity {
        WeakCity(Arc::downgrade(&self.0))
    }

    /// Letters go out from now on: addresses of applicants are confirmed, and forgotten passwords set anew.
    pub fn write_letters(&self) {
        self.letters.store(true, Ordering::Release);
    }

    /// Whether letters go out.
    pub fn writes_letters(&self) -> bool {
        self.letters.load(Ordering::Acquire)
    }

    /// The calendar that the city counts by now.
    pub fn calendar(&self) -> Arc<Calendar> {
        self.calendar
            .read()
            .expect("nothing panics while holding the calendar")
            .clone()
    }

    /// Reads the calendar anew from the records.
    pub(crate) async fn reload_calendar(&self) -> Result<(), Refused> {
        let days = holidays::all(self.store.read()).await?;
        let calendar = Calendar::new(days.into_iter().map(|it| Notice {
            day: it.day,
            kind: if it.is_worked {
                DayKind::MakeupWorkday
            } else {
                DayKind::Holiday
            },
            name: it.name,
        }));
        *self
            .calendar
            .write()
            .expect("nothing panics while holding the calendar") = Arc::new(calendar);
        Ok(())
    }

    /// Commits a write together with its event, then records the event in the evidence log. Once begun it runs
    /// to its end, even when whoever asked for it has gone away.
    pub(crate) async fn seal(&self, write: Write, event: Event) -> Result<Sealed, Refused> {
        let city = self.clone();
        tokio::spawn(async move { city.seal_now(write, event).await })
            .await
            .map_err(Refused::internal)?
    }

    async fn seal_now(&self, write: Write, event: Event) -> Result<Sealed, Refused> {
        let seq = write.seq();
        let _in_flight = self.unlogged.begin(seq);
        if let Err(error) = write.seal(event.clone()).await {
            // The answer may be lost and the act done all the same: looking for it costs nothing.
            self.unlogged
                .is_behind
                .fetch_or(error.passing().is_some(), Ordering::AcqRel);
            return Err(error.into());
        }
        let index = match self.log_event(seq, &event).await {
            Ok(index) => Some(index),
            Err(refused) => {
                // The act is done and its event is kept in the records: the log is made good by a later act.
                tracing::error!(seq, %refused, "the evidence log is behind");
                self.unlogged.is_behind.store(true, Ordering::Release);
                None
            }
        };
        if index.is_some() {
            self.make_good().await;
        }
        Ok(Sealed { seq, index })
    }

    /// Records what the evidence log is behind with, where it is. What fails now is tried again.
    pub async fn make_good(&self) {
        if !self.unlogged.is_behind.swap(false, Ordering::AcqRel) {
            return;
        }
        if let Err(refused) = self.catch_up().await {
            tracing::warn!(%refused, "the evidence log is still behind");
            self.unlogged.is_behind.store(true, Ordering::Release);
        }
    }

    async fn log_event(&self, seq: i64, event: &Event) -> Result<u64, Refused> {
        let index = self.log.append(ACT, act_body(seq, event)).await?;
        events::set_logged(&self.store, seq, index).await?;
        Ok(index)
    }

    /// Records the events that are committed and not in the log, in their order. An event that did reach the
    /// log, and of which only the note was lost, is not recorded twice.
    pub(crate) async fn catch_up(&self) -> Result<usize, Refused> {
        let _turn = self.unlogged.turn.lock().await;
        let behind = events::unlogged(self.store.read(), u32::MAX).await?;
        let behind: Vec<Recorded> = behind
            .into_iter()
            .filter(|it| !self.unlogged.has(it.seq))
            .collect();
        let Some(first) = behind.first() else { return Ok(0) };
        let before = events::before(self.store.read(), first.seq, 1).await?;
        let from = before.first().and_then(|it| it.log_index).unwrap_or(0);
        let reached = self.acts_since(from)?;
        for it in &behind {
            match reached.get(&it.seq) {
                Some(index) => events::set_logged(&self.store, it.seq, *index).await?,
                None => {
                    self.log_event(it.seq, &it.event).await?;
                }
            }
        }
        Ok(behind.len())
    }

    /// The acts in the log from index `from` on: event number to index.
    fn acts_since(&self, from: u64) -> Result<HashMap<i64, u64>, Refused> {
        let mut acts = HashMap::new();
        let mut at = from;
        while at < self.log.size() {
            let records = self.log.read(at, 1000).map_err(Refused::internal)?;
            let Some(last) = records.last() else { break };
            at = last.index + 1;
            for record in records.iter().filter(|it| it.kind == ACT) {
                let body: serde_json::Value = serde_json::from_slice(&record.body).unwrap_or_default();
                if let Some(seq) = body["seq"].as_i64() {
                    acts.insert(seq, record.index);
                }
            }
        }
        Ok(acts)
    }

    /// Whether the city can take acts: the records answer and the log is not behind.
    pub async fn is_ready(&self) -> Result<(), Refused> {
        self.store.ping().await?;
        if self.unlogged.is_behind.load(Ordering::Acquire) {
            return Err(Refused::internal("the evidence log is behind"));
        }
        Ok(())
    }

    /// Closes the records after the acts in progress are done.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// The kind of an evidence entry that tells of an act; calls have their own.
pub(crate) const ACT: &str = "act";

/// What the evidence log keeps of an event.
fn act_body(seq: i64, event: &Event) -> Vec<u8> {
    let body = serde_json::json!({
        "seq": seq,
        "at": event.at_ms,
        "actor": event.actor,
        "org": event.org,
        "kind": event.kind.name(),
        "subject": event.subject,
        "body": event.body,
    });
    body.to_string().into_bytes()
}

/// Which events are on their way into the log, so that catching up does not overtake them.
#[derive(Default)]
pub(crate) struct Unlogged {
    in_flight: Mutex<HashSet<i64>>,
    is_behind: AtomicBool,
    /// One at a time catches up, so that nothing is recorded twice.
    turn: tokio::sync::Mutex<()>,
}

struct InFlight<'a>(&'a Unlogged, i64);

impl Unlogged {
    fn begin(&self, seq: i64) -> InFlight<'_> {
        self.in_flight
            .lock()
            .expect("nothing panics while holding the set")
            .insert(seq);
        InFlight(self, seq)
    }

    fn has(&self, seq: i64) -> bool {
        self.in_flight
            .lock()
            .expect("nothing panics while holding the set")
            .contains(&seq)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0
            .in_flight
            .lock()
            .expect("nothing panics while holding the set")
            .remove(&self.1);
    }
}

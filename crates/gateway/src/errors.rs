//! Every code that an answer of the gateway may carry, with its status and words: published at `/api/errors`.

use app::calls::what_to_do;
use rules::grant::CallRefusal;

/// One code of the published table. Codes never change their meaning once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorLine {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status it comes with.
    pub status: u16,
    /// What is wrong.
    pub message: &'static str,
    /// What the caller can do about it.
    pub what_to_do: &'static str,
}

const fn call(refusal: CallRefusal, status: u16) -> ErrorLine {
    ErrorLine {
        code: refusal.name(),
        status,
        message: refusal.label(),
        what_to_do: what_to_do(refusal),
    }
}

const fn line(code: &'static str, status: u16, message: &'static str, what_to_do: &'static str) -> ErrorLine {
    ErrorLine {
        code,
        status,
        message,
        what_to_do,
    }
}

/// The whole table.
pub const ERRORS: &[ErrorLine] = &[
    call(CallRefusal::BadKey, 401),
    call(CallRefusal::KeyExpired, 401),
    call(CallRefusal::KeyRevoked, 401),
    call(CallRefusal::NoGrant, 404),
    call(CallRefusal::GrantSuspended, 403),
    call(CallRefusal::GrantTerminated, 403),
    call(CallRefusal::NotYet, 403),
    call(CallRefusal::Expired, 403),
    call(CallRefusal::WrongPurpose, 403),
    call(CallRefusal::ItemNotGranted, 403),
    call(CallRefusal::NotACondition, 400),
    call(CallRefusal::QuotaUsedUp, 429),
    call(CallRefusal::BadCursor, 400),
    call(CallRefusal::BadRequest, 400),
    call(CallRefusal::NoData, 409),
    call(CallRefusal::SetWithdrawn, 403),
    line(
        "not-found",
        404,
        "没有找到所请求的内容，或者无权查看",
        "请核对编号。",
    ),
    line("no-route", 404, "没有这个接口", "请对照 /api/docs 核对地址。"),
    line(
        "wrong-method",
        405,
        "该地址不接受这种请求方法",
        "请对照 /api/docs 核对方法。",
    ),
    line("forbidden", 403, "无权办理此项操作", "请由提示中列明的岗位办理。"),
    line(
        "timeout",
        504,
        "处理超时",
        "请缩小查询范围后重试；导出大量数据请错开高峰。",
    ),
    line(
        "unavailable",
        503,
        "数据库暂时无法连接",
        "请稍后重试；持续出现时请联系系统管理员。",
    ),
    line(
        "no-room",
        503,
        "平台的存储空间不足",
        "请稍后重试；持续出现时请联系系统管理员腾出空间。",
    ),
    line(
        "not-recorded",
        503,
        "存证暂时无法写入，操作没有执行",
        "请稍后重试；持续出现时请联系系统管理员检查磁盘空间与存证日志。",
    ),
    INTERNAL,
    // 数据归集.
    line(
        "not-published",
        409,
        "目录尚未发布",
        "请先提交目录，经主管部门审核发布后再报送。",
    ),
    line(
        "bad-batch",
        400,
        "批次号缺失或不可用",
        "请填写 1 至 100 个字符的批次号，同一目录内不重复。",
    ),
    line(
        "batch-differs",
        409,
        "批次号此前已用于另一份文件",
        "请核对文件，或改用新的批次号。",
    ),
    line(
        "too-large",
        413,
        "文件或请求超过上限",
        "请将数据拆分为多个增量批次分别报送。",
    ),
    line(
        "interrupted",
        400,
        "上传未完成即中断",
        "请用同一批次号重新上传，不会重复入库。",
    ),
    line("needs-full", 422, "不能增量更新", "请先以全量方式报送一次。"),
    line(
        "too-many-refused",
        422,
        "未通过校验的行超过整批拒收比例",
        "请下载拒收明细，更正后以新的批次号重新报送。",
    ),
    line(
        "unknown-file-type",
        422,
        "无法识别的文件类型",
        "请使用 CSV、XLSX 或 JSON Lines。",
    ),
    line(
        "old-spreadsheet",
        422,
        "旧版或加密的电子表格",
        "请另存为不加密的 XLSX 后重新报送。",
    ),
    line(
        "empty-file",
        422,
        "文件没有内容",
        "请检查导出是否成功后重新报送。",
    ),
    line(
        "no-rows",
        422,
        "文件只有表头，没有数据行",
        "请补充数据后重新报送。",
    ),
    line("file-too-large", 413, "文件超过上限", "请将数据拆分后分批报送。"),
    line(
        "not-text",
        422,
        "文件不是可识别编码的文本",
        "请以 UTF-8 或 GB18030 编码重新导出。",
    ),
    line(
        "header-mismatch",
        422,
        "表头与目录的信息项不一致",
        "请按提示增删列，或先修订目录。",
    ),
    line(
        "unclosed-quote",
        422,
        "引号没有闭合",
        "请在提示的行补上引号后重新报送。",
    ),
    line(
        "record-too-long",
        422,
        "单行过长",
        "请检查提示的行是否缺少换行或引号。",
    ),
    line(
        "bad-json",
        422,
        "不是 JSON Lines",
        "请每行放一个完整的 JSON 对象。",
    ),
    line(
        "spreadsheet-bomb",
        422,
        "电子表格解压后过大",
        "请另存为 CSV 后重新报送。",
    ),
    line(
        "bad-spreadsheet",
        422,
        "电子表格无法打开",
        "请重新另存为 XLSX 后报送。",
    ),
    line(
        "read-failed",
        500,
        "平台读取文件时发生故障",
        "请稍后重新报送；若仍失败，请联系系统管理员。",
    ),
    // 共享、争议、授权.
    line(
        "not-shared",
        409,
        "目录列为不予共享",
        "请与提供部门协商；同意提供的，报同级主管部门备案。",
    ),
    line("needs-application", 409, "目录为有条件共享", "请提交共享申请。"),
    line(
        "needs-no-application",
        409,
        "目录为无条件共享，无需申请",
        "请说明用途，直接获得访问权限。",
    ),
    line(
        "already-applied",
        409,
        "同一申请正在办理",
        "请在原办件中查看进展。",
    ),
    line("bad-terms", 422, "授权条件有误", "请按提示修改。"),
    line(
        "no-dispute-decided",
        409,
        "没有已作出决定的争议",
        "请先提请协调，决定作出后再重新办理。",
    ),
    line(
        "already-disputed",
        409,
        "争议正在协调处理",
        "请在该办件中陈述意见。",
    ),
    line(
        "cannot-reopen",
        409,
        "申请不能重新办理",
        "请取消“重新办理”后再提交。",
    ),
    line("no-such-step", 404, "没有这一办理步骤", "请从办件页面进入。"),
    line(
        "not-from-here",
        409,
        "目前的状态不能办理此步骤",
        "请刷新页面，查看当前可以办理的步骤。",
    ),
    line(
        "not-yours",
        403,
        "此步骤由其他岗位办理",
        "请由提示中列明的岗位办理。",
    ),
    line(
        "stale-page",
        409,
        "页面打开之后内容已有变化",
        "请核对最新内容后再提交，已填写的内容不会丢失。",
    ),
    line("incomplete", 422, "还有内容没有填写", "请按提示补充。"),
    line("too-long", 422, "文字过长", "请按提示缩短。"),
    // 校核、异议.
    line(
        "bad-key-values",
        422,
        "没有给出全部主键信息项的值",
        "请按目录给出记录的全部主键。",
    ),
    line(
        "not-received",
        422,
        "按该授权没有获取过这条记录",
        "请核对主键的值；先查询或者核验该记录，再反馈疑义。",
    ),
    line(
        "already-doubted",
        409,
        "该信息项正在校核",
        "结果将告知全部使用部门，无需重复反馈。",
    ),
    line(
        "extended-too-long",
        422,
        "延长期限超过规定",
        "请缩短延长的工作日数，累计不得超过第二十一条规定的最长期限。",
    ),
    line(
        "still-uncorrected",
        422,
        "数据尚未更正",
        "请填写正确的值，或者先报送更正后的数据。",
    ),
    line(
        "record-gone",
        409,
        "记录已不在平台的数据中",
        "不填正确的值，说明情况后办理。",
    ),
    line(
        "still-loading",
        409,
        "更正的数据正在入库",
        "请稍后刷新页面后办理。",
    ),
    line("bad-value", 422, "填写的值不符合目录", "请按提示修改。"),
    line("not-marked", 409, "尚未作异议标注", "请先作出异议标注。"),
    line(
        "not-put-right",
        409,
        "开放数据尚未更正",
        "请先发布新的开放快照，或者撤回开放数据。",
    ),
    line(
        "own-data",
        409,
        "数据由主管部门自行提供",
        "请直接作出是否更正的决定。",
    ),
    line(
        "too-many-objections",
        429,
        "该数据集已有大量异议正在处理",
        "请稍后再试，或者拨打数据集页面上的联系电话。",
    ),
    // 编目.
    line("secret", 422, "涉密数据不得录入", "请按保密法律法规另行管理。"),
    line("no-title", 422, "缺少信息资源名称", "请填写信息资源名称。"),
    line("long-title", 422, "信息资源名称过长", "请缩短名称。"),
    line("incomplete-entry", 422, "目录尚不完整", "请按提示补充。"),
    line(
        "not-editable",
        409,
        "目录目前不能修改",
        "请待审核结束，或先撤回。",
    ),
    line("no-reason", 422, "缺少理由", "请填写理由。"),
    line(
        "was-published",
        409,
        "目录曾经发布，不能删除",
        "各版本须长期可查；不再提供的，请下架。",
    ),
    line(
        "needs-confirmation",
        409,
        "缩小无条件共享范围须经审核确认",
        "请先修订为“不予共享”，经审核确认并发布后再下架。",
    ),
    line("still-open", 409, "目录正在向社会开放", "请先撤下开放，再下架。"),
    line("signed-already", 409, "本部门已经会签", "无需重复会签。"),
    // 机构、人员、应用系统、日历.
    line("bad-login", 422, "账号不可用", "请按提示修改。"),
    line("bad-email", 422, "邮箱地址不正确", "请按提示修改，或者留空。"),
    line("login-taken", 409, "账号已被使用", "请换一个账号。"),
    line(
        "wrong-password",
        403,
        "账号或密码不正确",
        "请核对后重试；遗忘密码请联系系统管理员。",
    ),
    line("weak-password", 422, "密码过于简单", "请按提示设置密码。"),
    line("account-disabled", 403, "账号已停用", "请联系系统管理员。"),
    line(
        "unconfirmed",
        403,
        "邮箱尚未确认",
        "请打开确认邮件中的链接完成注册。",
    ),
    line("dead-link", 422, "链接已失效", "请重新申请。"),
    line(
        "no-letters",
        409,
        "平台没有配置邮件服务",
        "请联系市政务数据主管部门。",
    ),
    line("account-locked", 403, "账号已锁定", "请在提示的时间之后再登录。"),
    line(
        "own-account",
        409,
        "不能对本人账号办理此项操作",
        "请由其他系统管理员办理。",
    ),
    line("no-role", 422, "没有选择岗位", "请至少选择一个岗位。"),
    line("bad-org", 422, "机构信息有误", "请按提示修改。"),
    line(
        "org-taken",
        409,
        "机构已经登记",
        "请核对机构名称与统一社会信用代码。",
    ),
    line(
        "org-responsible",
        409,
        "机构仍有负责的事项",
        "请先移交其负责的目录与账号。",
    ),
    line("not-empty", 409, "平台已有账号", "请用已有的管理员账号登录。"),
    line("taken", 409, "名称或编号已被使用", "请换一个。"),
    line("bad-name", 422, "名称不可用", "请按提示修改。"),
    line("bad-days", 422, "天数不可用", "请按提示修改。"),
    line(
        "too-many-keys",
        409,
        "有效密钥已达上限",
        "请先吊销不再使用的密钥。",
    ),
    line(
        "under-review",
        409,
        "方案正在保密审查",
        "请等待审查意见，或者撤回送审后修改。",
    ),
    line("no-plan", 409, "还没有开放方案", "请先保存开放方案。"),
    line(
        "plan-incomplete",
        422,
        "开放方案不完整",
        "请按提示补充脱敏规则或者风险说明。",
    ),
    line(
        "plan-outdated",
        409,
        "目录在方案之后有变更",
        "请核对各信息项，重新保存方案并提交。",
    ),
    line(
        "second-person",
        403,
        "编制人不能审查本人编制的方案",
        "请由本单位另一名负责人审查。",
    ),
    line(
        "withdrawn-since",
        409,
        "送审之后已被撤回",
        "请退回方案，核对撤回原因后重新提交。",
    ),
    line("still-making", 409, "上一期快照正在制作", "请稍后再办理。"),
    line("not-opened", 409, "该目录目前没有开放", "无需撤回。"),
    line(
        "no-such-list",
        422,
        "没有这种开放清单",
        "请选择无条件开放或者有条件开放清单。",
    ),
    line(
        "empty-list",
        409,
        "没有可以列入清单的目录",
        "请先完成开放方案的保密审查。",
    ),
    line(
        "no-consent",
        422,
        "没有同意个人信息收集使用说明",
        "请阅读说明并同意；不同意的，仍可下载无条件开放的数据。",
    ),
    line("bad-registration", 422, "申请人登记信息有误", "请按提示修改。"),
    line("bad-application", 422, "有条件开放申请有误", "请按提示修改。"),
    line(
        "not-open",
        409,
        "数据集已不在有条件开放清单中",
        "可以不予开放，并说明理由。",
    ),
    line("bad-product", 422, "数据产品登记有误", "请按提示修改。"),
    line(
        "personal-data",
        422,
        "内容中有个人信息",
        "请删去身份证号、手机号等个人信息后提交。",
    ),
    line(
        "needs-agreement",
        403,
        "数据集为有条件开放",
        "请注册登录后提出申请，经同意后按照协议使用。",
    ),
    line(
        "unknown-item",
        422,
        "没有这个信息项",
        "请对照数据集的信息项核对名称。",
    ),
    line(
        "bad-filter",
        422,
        "查询条件不正确",
        "数值请填写数字，比较大小时不能为空。",
    ),
    line(
        "took-too-long",
        422,
        "查询耗时过长",
        "请增加查询条件，或者下载整个文件。",
    ),
    line("bad-notice", 422, "放假安排文件有误", "请按提示修改提示的行。"),
];

/// The line of `code`; a code that is not in the table reads as the platform's own fault.
pub(crate) fn of(code: &str) -> &'static ErrorLine {
    ERRORS.iter().find(|it| it.code == code).unwrap_or(&INTERNAL)
}

const INTERNAL: ErrorLine = line(
    "internal",
    500,
    "平台内部出错",
    "请稍后重试；如仍不成功，请将提示中的编号告知系统管理员。",
);

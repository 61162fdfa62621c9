//! The data of the demo city's smaller entries. The population is [`synthetic::Population`]; the townships are
//! real and public.

use std::fmt::Write;

use jiff::{ToSpan, civil::Date};
use synthetic::{Dice, Population, REGIONS};

/// 全国乡镇级行政区划: 41,352 rows (National Bureau of Statistics, 2023).
pub const TOWNSHIPS: &[u8] = include_bytes!("../../data/townships.csv");

/// The seed of the demo's population; the bench makes the same people again to know their keys.
pub const POPULATION_SEED: u64 = 20_250_701;

/// The first of two batches of a small entry, as CSV; none for entries that get no data.
pub fn csv(key: &str, today: Date) -> Option<String> {
    let mut dice = Dice::new(key.len() as u64 * 7919);
    match key {
        "companies" => Some(companies(&mut dice)),
        "clinics" => Some(clinics(&mut dice)),
        "air" => Some(air(&mut dice, today)),
        "stops" => Some(stops(&mut dice)),
        "holidays" => Some(rules::calendar::BUILT_IN_CSV.to_owned()),
        "insurance" => Some(insurance(&mut dice)),
        "allowance" => Some(allowance(&mut dice, 5)),
        "county-allowance" => Some(allowance(&mut dice, 11)),
        "water" => Some(water(&mut dice)),
        _ => None,
    }
}

fn day(dice: &mut Dice, years: u64) -> Date {
    let start = jiff::civil::date(2025, 12, 31);
    start
        .checked_sub((dice.below(years * 365) as i64).days())
        .unwrap_or(start)
}

fn companies(dice: &mut Dice) -> String {
    let mut csv = String::from("uscc,name,region_code,founded,status,capital\n");
    let trades = [
        "商贸",
        "农业发展",
        "建材",
        "餐饮管理",
        "物流",
        "信息技术",
        "生态旅游",
        "文化传媒",
    ];
    let names = [
        "潇湘",
        "零陵",
        "舜峰",
        "永盛",
        "九疑",
        "柳子",
        "浯溪",
        "瑶都",
        "湘源",
        "阳明山",
    ];
    for n in 0..3_000_u64 {
        let (region, _) = dice.pick(&REGIONS);
        let head = format!("91{region}{:08}{}", 31_000_000 + n * 13, dice.below(10));
        let check = synthetic::credit_check(&head);
        let (name, trade) = (dice.pick(&names), dice.pick(&trades));
        let (founded, status) = (
            day(dice, 20),
            dice.pick(&["存续", "存续", "存续", "存续", "注销", "吊销"]),
        );
        let capital = dice.below(5_000) + 10;
        let _ = writeln!(
            csv,
            "{head}{check},永州{name}{trade}{n:04}号有限公司,{region},{founded},{status},{capital}.00"
        );
    }
    csv
}

fn clinics(dice: &mut Dice) -> String {
    let mut csv = String::from("permit,name,class,region_code,address,valid_from,valid_until\n");
    let kinds = ["综合医院", "专科医院", "乡镇卫生院", "诊所", "村卫生室"];
    for n in 0..420 {
        let (region, place) = dice.pick(&REGIONS);
        let class = dice.pick(&kinds);
        let from = day(dice, 5);
        let until = from.checked_add(5.years()).unwrap_or(from);
        let _ = writeln!(
            csv,
            "PDY{n:05}-{region}17D1,{place}第{n}{class},{class},{region},永州市{place}人民路{}号,{from},{until}",
            n + 1
        );
    }
    // Two rows a careful checker must not let pass: a licence that ends before it begins, an unknown class.
    csv.push_str("PDY90001-43110217D1,误填诊所,诊所,431102,永州市零陵区中山路1号,2025-05-01,2024-05-01\n");
    csv.push_str(
        "PDY90002-43110217D1,未分类机构,美容院,431102,永州市零陵区中山路2号,2024-05-01,2029-05-01\n",
    );
    csv
}

fn air(dice: &mut Dice, today: Date) -> String {
    let mut csv = String::from("day,region_code,aqi,pm25,level\n");
    for back in 1..=180_i64 {
        let day = today.checked_sub(back.days()).unwrap_or(today);
        for (region, _) in REGIONS {
            let aqi = 20 + dice.below(70) + dice.below(60);
            let level = match aqi {
                0..=50 => "优",
                51..=100 => "良",
                101..=150 => "轻度污染",
                _ => "中度污染",
            };
            let _ = writeln!(
                csv,
                "{day},{region},{aqi},{}.{},{level}",
                aqi * 6 / 10,
                dice.below(10)
            );
        }
    }
    csv
}

fn stops(dice: &mut Dice) -> String {
    let mut csv = String::from("line,seq,stop,lng,lat\n");
    let places = [
        "火车站",
        "汽车西站",
        "市政府",
        "柳子街",
        "东山景区",
        "潇湘公园",
        "滨江新城",
        "体育中心",
        "中心医院",
    ];
    for line in 1..=30 {
        for seq in 1..=20 {
            let place = dice.pick(&places);
            let (lng, lat) = (560_000 + dice.below(90_000), 190_000 + dice.below(90_000));
            let _ = writeln!(csv, "{line}路,{seq},{place}{seq}站,111.{lng:06},26.{lat:06}");
        }
    }
    csv
}

fn people(rows: u64) -> impl Iterator<Item = [String; 12]> {
    Population::new(rows, 0, POPULATION_SEED).map(|it| it.person.0)
}

fn insurance(dice: &mut Dice) -> String {
    let mut csv = String::from("id_card,name,employer,status,since\n");
    for [id, name, ..] in people(5_000) {
        let (status, since) = (
            dice.pick(&["参保缴费", "参保缴费", "暂停缴费", "终止参保"]),
            day(dice, 15),
        );
        let _ = writeln!(csv, "{id},{name},永州第{}单位,{status},{since}", dice.below(400));
    }
    csv
}

fn allowance(dice: &mut Dice, every: usize) -> String {
    let is_county = every == 11;
    let mut csv = String::from("id_card,name,region_code,since,monthly,class\n");
    for person in people(20_000).step_by(every) {
        let region = if is_county { "431124" } else { &person[5] };
        let class = if is_county {
            dice.pick(&["突发疾病", "火灾", "交通事故"])
        } else {
            dice.pick(&["城市低保", "农村低保", "特困供养"])
        };
        let (since, monthly) = (day(dice, 6), 300 + dice.below(500));
        let _ = writeln!(
            csv,
            "{},{},{region},{since},{monthly}.00,{class}",
            person[0], person[1]
        );
    }
    csv
}

fn water(dice: &mut Dice) -> String {
    let mut csv = String::from("account,kind,address,opened\n");
    for (n, person) in people(8_000).enumerate() {
        let (kind, opened) = (
            dice.pick(&["居民", "居民", "居民", "非居民", "特种行业"]),
            day(dice, 15),
        );
        let _ = writeln!(csv, "{:012},{kind},{},{opened}", 746_000_000 + n, person[6]);
    }
    csv
}

#include "client/district/names.h"

namespace rollcall::district {
namespace {

constexpr Name kEnglishFemale[] = {
    {"Ava", "ava"},       {"Grace", "grace"},     {"Imani", "imani"},     {"Zoe", "zoe"},
    {"Naomi", "naomi"},   {"Ruth", "ruth"},       {"Keisha", "keisha"},   {"Tamara", "tamara"},
    {"Hazel", "hazel"},   {"Willow", "willow"},   {"Chloë", "chloe"},     {"Mary-Kate", "marykate"},
    {"Jada", "jada"},     {"Nia", "nia"},         {"Harriet", "harriet"}, {"Eleanor", "eleanor"},
    {"Simone", "simone"}, {"Destiny", "destiny"}, {"Odette", "odette"},   {"Beatrix", "beatrix"},
};
constexpr Name kEnglishMale[] = {
    {"Malik", "malik"},   {"Owen", "owen"},         {"Jabari", "jabari"},  {"Theo", "theo"},
    {"Darius", "darius"}, {"Elijah", "elijah"},     {"Marcus", "marcus"},  {"Felix", "felix"},
    {"Isaiah", "isaiah"}, {"Caleb", "caleb"},       {"D'Andre", "dandre"}, {"Noël", "noel"},
    {"Andre", "andre"},   {"Terrence", "terrence"}, {"Silas", "silas"},    {"Jonah", "jonah"},
    {"Kofi", "kofi"},     {"Desmond", "desmond"},   {"Wyatt", "wyatt"},    {"Percival", "percival"},
};
constexpr Name kEnglishFamily[] = {
    {"Fernwhistle", "fernwhistle"}, {"Oakenshaw", "oakenshaw"},
    {"Brightwater", "brightwater"}, {"Quillfeather", "quillfeather"},
    {"O'Marlow", "omarlow"},        {"Thistledown", "thistledown"},
    {"Ashgrove", "ashgrove"},       {"Larkspur", "larkspur"},
    {"Winterbourn", "winterbourn"}, {"Copperfold", "copperfold"},
    {"Hollowell", "hollowell"},     {"Stonebridge", "stonebridge"},
    {"Merriday", "merriday"},       {"Greengage", "greengage"},
    {"Fairweather", "fairweather"}, {"Nightingale-Moss", "nightingalemoss"},
    {"Applegarth", "applegarth"},   {"Windrow", "windrow"},
    {"Saltmarsh", "saltmarsh"},     {"Birdwhistle", "birdwhistle"},
    {"Kettlewood", "kettlewood"},   {"Juniperus", "juniperus"},
    {"Foxley, Jr.", "foxley"},      {"Dovecote", "dovecote"},
};

constexpr Name kSpanishFemale[] = {
    {"María José", "mariajose"},
    {"Lucía", "lucia"},
    {"Sofía", "sofia"},
    {"Valentina", "valentina"},
    {"Ximena", "ximena"},
    {"Guadalupe", "guadalupe"},
    {"Inés", "ines"},
    {"Araceli", "araceli"},
    {"Begoña", "begona"},
    {"Camila", "camila"},
    {"Noemí", "noemi"},
    {"Yolanda", "yolanda"},
};
constexpr Name kSpanishMale[] = {
    {"José", "jose"},   {"Ángel", "angel"},     {"Andrés", "andres"},     {"Mateo", "mateo"},
    {"Raúl", "raul"},   {"Joaquín", "joaquin"}, {"Emiliano", "emiliano"}, {"Óscar", "oscar"},
    {"Íñigo", "inigo"}, {"Tomás", "tomas"},     {"Santiago", "santiago"}, {"Ulises", "ulises"},
};
constexpr Name kSpanishFamily[] = {
    {"Núñez", "nunez"},
    {"Peñaverde", "penaverde"},
    {"Riolargo", "riolargo"},
    {"Montealto", "montealto"},
    {"Ibáñez Luna", "ibanezluna"},
    {"Casablanca", "casablanca"},
    {"Sotomar", "sotomar"},
    {"Villaseñor", "villasenor"},
    {"Campoverde", "campoverde"},
    {"Arroyo-Güemes", "arroyoguemes"},
    {"Piedrahíta", "piedrahita"},
    {"de la Loma", "delaloma"},
    {"Ojeda Sol", "ojedasol"},
    {"Quiñones", "quinones"},
    {"Valdemar", "valdemar"},
};

constexpr Name kChineseFemale[] = {
    {"Mei", "mei"},      {"Xiulan", "xiulan"}, {"Lǜ", "lu"},   {"明月", "mingyue"},
    {"秀英", "xiuying"}, {"Jing", "jing"},     {"Yan", "yan"},
};
constexpr Name kChineseMale[] = {
    {"Wei", "wei"},      {"Jun", "jun"}, {"Hao", "hao"}, {"明", "ming"},
    {"建国", "jianguo"}, {"Bo", "bo"},   {"Tao", "tao"},
};
constexpr Name kChineseFamily[] = {
    {"李", "li"},       {"王", "wang"}, {"Zhaolin", "zhaolin"},     {"Chenwu", "chenwu"},
    {"欧阳", "ouyang"}, {"Lü", "lu"},   {"Huangshan", "huangshan"}, {"𠮷川", "jichuan"},
};

constexpr Name kPolishFemale[] = {
    {"Małgorzata", "malgorzata"}, {"Zofia", "zofia"},   {"Agnieszka", "agnieszka"},
    {"Żaneta", "zaneta"},         {"Oliwia", "oliwia"},
};
constexpr Name kPolishMale[] = {
    {"Łukasz", "lukasz"},       {"Paweł", "pawel"},   {"Jędrzej", "jedrzej"},
    {"Stanisław", "stanislaw"}, {"Kacper", "kacper"},
};
constexpr Name kPolishFamily[] = {
    {"Śliwiński", "sliwinski"}, {"Brzozołęcki", "brzozolecki"}, {"Źródlak", "zrodlak"},
    {"Gżegżółka", "gzegzolka"}, {"Wierzbowąs", "wierzbowas"},   {"Kasztelański", "kasztelanski"},
};

constexpr Name kArabicFemale[] = {
    {"فاطمة", "fatima"}, {"Layla", "layla"},   {"مريم", "maryam"},
    {"Noor", "noor"},    {"Yasmin", "yasmin"},
};
constexpr Name kArabicMale[] = {
    {"محمد", "muhammad"}, {"Omar", "omar"}, {"يوسف", "yusuf"},
    {"Khalid", "khalid"}, {"Sami", "sami"},
};
constexpr Name kArabicFamily[] = {
    {"النخيل", "alnakhil"},    {"Al-Bustani", "albustani"}, {"الزيتون", "alzaytun"},
    {"Abu Qamar", "abuqamar"}, {"Rimaldin", "rimaldin"},
};

constexpr Name kUrduFemale[] = {
    {"عائشہ", "ayesha"},
    {"Zainab", "zainab"},
    {"Hira", "hira"},
    {"Saba", "saba"},
};
constexpr Name kUrduMale[] = {
    {"Bilal", "bilal"},
    {"حمزہ", "hamza"},
    {"Usman", "usman"},
    {"Faisal", "faisal"},
};
constexpr Name kUrduFamily[] = {
    {"Gulistani", "gulistani"},
    {"چناروالا", "chinarwala"},
    {"Darakhti", "darakhti"},
    {"Noorabad", "noorabad"},
};

constexpr Name kUkrainianFemale[] = {
    {"Оксана", "oksana"},
    {"Solomiya", "solomiya"},
    {"Дарина", "daryna"},
    {"Iryna", "iryna"},
};
constexpr Name kUkrainianMale[] = {
    {"Тарас", "taras"},
    {"Bohdan", "bohdan"},
    {"Андрій", "andriy"},
    {"Yarema", "yarema"},
};
constexpr Name kUkrainianFamily[] = {
    {"Вишневчук", "vyshnevchuk"},
    {"Kalynivsky", "kalynivsky"},
    {"Дубогай", "dubohai"},
    {"Zorianenko", "zorianenko"},
};

constexpr Name kVietnameseFemale[] = {
    {"Thị Hương", "thihuong"},
    {"Ngọc", "ngoc"},
    {"Mỹ Linh", "mylinh"},
    {"Thảo", "thao"},
};
constexpr Name kVietnameseMale[] = {
    {"Đức", "duc"},
    {"Quốc Bảo", "quocbao"},
    {"Hiếu", "hieu"},
    {"Vũ", "vu"},
};
constexpr Name kVietnameseFamily[] = {
    {"Nguyệt", "nguyet"},
    {"Trầnsơn", "transon"},
    {"Đặnghải", "danghai"},
    {"Phạmlâm", "phamlam"},
};

constexpr NameGroup kGroups[] = {
    {"en", 430, 1000, kEnglishFemale, kEnglishMale, kEnglishFamily},
    {"es", 420, 650, kSpanishFemale, kSpanishMale, kSpanishFamily},
    {"zh", 30, 700, kChineseFemale, kChineseMale, kChineseFamily},
    {"pl", 40, 600, kPolishFemale, kPolishMale, kPolishFamily},
    {"ar", 30, 700, kArabicFemale, kArabicMale, kArabicFamily},
    {"ur", 20, 700, kUrduFemale, kUrduMale, kUrduFamily},
    {"uk", 15, 800, kUkrainianFemale, kUkrainianMale, kUkrainianFamily},
    {"vi", 15, 700, kVietnameseFemale, kVietnameseMale, kVietnameseFamily},
};

constexpr std::string_view kStreets[] = {
    "Lantern Street",  "Marigold Avenue", "N. Windmill Road",  "Copper Kettle Lane",
    "Harbor Bell Way", "Old Orchard Row", "Thimble Court",     "S. Sycamore Boulevard",
    "Peregrine Place", "Calle del Faro",  "Saint-Élie Street", "Quarry Pond Drive",
    "Sparrow Terrace", "W. 10½ Street",   "Blue Heron Path",   "Tin Whistle Alley",
};

constexpr std::string_view kFirstWords[] = {
    "Cedar",  "Amber",    "Heron",    "Prairie", "Lantern", "Juniper", "Harbor",
    "Willow", "Copper",   "Meadow",   "Falcon",  "Birch",   "Sunrise", "Granite",
    "Clover", "River",    "Bluestem", "Aspen",   "Summit",  "Orchard", "Quarry",
    "Maple",  "Northern", "Silver",   "Thistle", "Larch",
};
constexpr std::string_view kSecondWords[] = {
    "Park",  "Grove", "Hollow",  "Crossing", "Bend",  "Field",  "Landing", "Ridge", "Springs",
    "Point", "Gate",  "Bluff",   "Court",    "Green", "Harbor", "Hill",    "Glen",  "Bridge",
    "Shore", "Mills", "Commons", "Vale",     "Brook", "Square", "Heights",
};

}  // namespace

std::span<const NameGroup> NameGroups() { return kGroups; }
std::span<const std::string_view> StreetNames() { return kStreets; }
std::span<const std::string_view> SchoolFirstWords() { return kFirstWords; }
std::span<const std::string_view> SchoolSecondWords() { return kSecondWords; }

}  // namespace rollcall::district

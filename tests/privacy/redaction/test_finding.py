"""Values of each kind are found as people write them, in whatever language, and nothing else is."""

# ruff: noqa: RUF001 - full-width letters are meant
from itertools import pairwise

import pytest

from recollect.privacy.redaction import Redaction

VALUES = {
    "PHONE": [
        "You can reach me on my cell: 415-555-2671 after 6pm.",
        "My number is 07911 123456, text me",
        "Give me a ring on 020 7946 0958.",
        "Please call (415) 555 2671 ext. 12",
        "Meine Handynummer ist 0151 23456789.",
        "Sie erreichen mich unter 089/12345678",
        "Telefon: +49 (0)89 123456-0",
        "Bitte um Rückruf unter 01512 3456789",
        "Mi móvil es el 612 345 678",
        "Llámame al 91 123 45 67 por la tarde",
        "WhatsApp: 34 612 345 678",
        "Mon portable : 06.12.34.56.78",
        "Vous pouvez me joindre au 01 23 45 67 89",
        "appelle-moi au 0612345678",
        "Il mio cellulare è 347 1234567",
        "chiamami allo 06 12345678",
        "Tel. 02 1234 5678",
        "O meu telemóvel é 912 345 678",
        "Me liga no (11) 91234-5678",
        "mándame un wasap al 655 901 238",
        "contáctame en el 655 901 238",
        "contato: 655 901 238",
        "contactez-moi au 655 901 238",
        "contattami al 655 901 238",
        "numer kontaktowy 655 901 238",
        "mijn nr is 655 901 238",
        "meine Nr. 655 901 238",
        "Meu celular: 11 98765-4321",
        "Mijn nummer is 06-12345678",
        "Bel me op 020-1234567",
        "Mój numer to 601 234 567",
        "zadzwoń pod 22 123 45 67",
        "tel. kom. 601-234-567",
        "Ring mig på 070-123 45 67",
        "Мой номер 8 (912) 345-67-89",
        "звоните +7 912 345-67-89",
        "私の携帯は090-1234-5678です",
        "電話番号：03-1234-5678",
        "电话：010-12345678",
        "我的手机号是13912345678",
        "연락처는 010-1234-5678 입니다",
        "Phone 0044 20 7946 0958",
        "+1 (555) 123-4567",
        "+1-800-555-0199",
        "Fax +33 (0)1 23 45 67 89",
        "tel:+14155552671",
        "call \uff15\uff15\uff15\uff0d\uff11\uff12\uff13\uff0d\uff14\uff15\uff16\uff17",
        '{"contact":{"mobile":"612345678"}}',
        "https://example.com/?tel=%2B34%20612%20345%20678",
        "numer telefonu: 48601234567",
        "Moje číslo je +420 601 234 567",
        "ligue-me para o 21 123 4567",
        "contact me at 9876543210",
        "y mi fijo 934567890",
    ],
    "EMAIL": [
        "Write to jane.doe+news@mail.example.co.uk please",
        "jane (at) example (dot) com",
        "jane[at]example.com",
        "jane AT example DOT com is my email",
        "jane@example[dot]com",
        "jane{at}example{dot}org",
        '"jane doe"@example.com',
        "почта: иван@пример.рф",
        "josé.garcía@correo.es",
        "info@xn--bcher-kva.example",
        "邮箱：zhang.san@qq.com。",
        "mailto:jane@example.com?subject=x",
        "<jane@example.com>",
        "https://x.example/u?email=jane%2Bnews%40example.com&x=1",
        "jane\u200b@example.com",
        "jane@exam\xadple.com",
        "jane arroba example punto com, mi correo",
        "mi correo es jane arroba gmail punto com",
        "j.doe@sub.example.museum",
        "meine Mail: max.mustermann@web.de",
        "o'brien@example.ie",
        "user@[192.168.1.1]",
        "max (ät) example (punkt) de",
    ],
    "CARD": [
        "4111.1111.1111.1111",
        "4111/1111/1111/1111",
        "4111_1111_1111_1111",
        "4111  1111  1111  1111",
        "3782 822463 10005",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "my visa 4222222222222 exp 12/27",
        "4111 1111 1111 1111 12/27 123",
        '"card_number":"5105105105105100"',
        "30569309025904",
        "6011 0009 9013 9424",
        "3530 1113 3330 0000",
    ],
    "IBAN": [
        "DE89370400440532013000",
        "de89 3704 0044 0532 0130 00",
        "DE89-3704-0044-0532-0130-00",
        "FR14 2004 1010 0505 0001 3M02 606",
        "ES91 2100 0418 4502 0005 1332",
        "IT60 X054 2811 1010 0000 0123 456",
        "PL61 1090 1014 0000 0712 1981 2874",
        "PT50 0002 0123 1234 5678 9015 4",
        "NL91 ABNA 0417 1643 00",
        "SE45 5000 0000 0583 9825 7466",
        "CH93 0076 2011 6238 5295 7",
        "IBAN:DE89370400440532013000.",
        "ＤＥ８９３７０４００４４０５３２０１３０００",
    ],
    "SSN": [
        "SSN: 123-45-6789",
        "my social is 123 45 6789",
        "social security number 123456789",
        "123.45.6789",
    ],
    "NATIONAL_ID": [
        "Mi DNI es 12.345.678-Z",
        "DNI: 12345678-Z",
        "NIE X-1234567-L",
        "Codice fiscale RSS MRA 85T10 A562 S",
        "rssmra85t10a562s",
        "NIR 255081416802538",
        "Mijn BSN is 111222333",
        "burgerservicenummer 123456782",
        "PESEL: 44051401359",
        "Meine Steuer-ID lautet 86 095 742 719",
        "Steuerliche Identifikationsnummer: 47036892816",
        "personnummer 811218-9876",
        "19811218-9876",
        "Mormors personnummer är 190524+6797",
        "personnr 19190524+6797",
        '{"personNr": "8304283669"}',
        "Kindergeld, IdNr. 36 098 512 547",
        "Id.-Nr. 36098512547",
        "mijn bsnnummer is 170654400",
        '{"burgerServiceNummer": "170654400"}',
        "Rijksregisternummer 85.07.30-033.28",
        "o meu NIF é 123456789",
        "HETU 131052-308T",
        "AB 12 34 56 C",
        "CPF 529.982.247-25",
        "AHV 756.9217.0769.85",
        "СНИЛС 112-233-445 95",
        "ИНН 500100732259",
        "身份证号 11010519491231002X",
        "NHS number 943 476 5919",
        "SVNR 1237 010180",
    ],
    "IP": [
        "10.0.0.5:8080",
        "from 203.0.113.7, twice",
        "[2001:db8:85a3::8a2e:370:7334]:443",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "::ffff:192.0.2.128",
        "::1",
        "IP:2001:db8::1",
        "http://192.168.0.1/admin",
        "10.1.2.0/24",
    ],
    "SECRET": [
        "Authorization: Bearer abcdef1234567890ABCDEF",
        'api_key = "a8f5f167f44f4964e6c998dee827110c"',
        "aws_secret_access_key=\x77JalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "\x78oxb-1234567890-abcdefghij",
        "\x41IzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
        "\x73k_live_4eC39HqLyjWDarjtT1zdp7dc",
        "\x67lpat-ABCdef1234567890abcd",
        "\x70ostgres://app:s3cr3tpass@db.example.com/x",
        "\x68f_abcdefghijklmnopqrstuvwxyzABCDEFGH",
        "\x53G.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
        "https://\x68ooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "\x73k-ant-api03-abcdefghijklmnop-qrstuvwxyz",
        "\x6epm_abcdefghijklmnopqrstuvwxyz0123456789",
    ],
}

OTHER = [
    "order #12345 and invoice 2024-00123",
    "Meeting on 2024-05-12 at 10:30, room 204",
    "12.05.2024 10:30 Uhr",
    "on 05/12/2024 at 14.00-15.30",
    "timestamp 1700000000 and 1700000000123",
    "epoch: 1716200000",
    "550e8400-e29b-41d4-a716-446655440000",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "version 1.2.3.4 and v10.0.19041.1",
    "Python 3.11.4, numpy==1.26.4",
    "ISBN 978-3-16-148410-0",
    "ISBN-10: 0-306-40615-2",
    "ISBN 9783161484100",
    "tracking 1Z999AA10123456784",
    "USPS 9400 1000 0000 0000 0000 00",
    "Tracking number: 9400111899223197428490",
    "Sendungsnummer 00340434161094042557",
    "4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 01",
    "Bestellnummer 4567890123",
    "Mi pedido es el 612345678",
    "Commande n° 0612345678",
    "número de pedido 934567890",
    "Zamówienie nr 601234567",
    "population 1 234 567 890",
    "The price is $1,234,567.89",
    "1.234.567,89 €",
    "12 345 678 901 euros",
    "call me at 10:30 on 2024-05-12",
    "call between 10.00 - 14.30",
    "Lat 40.712776, Lon -74.005974",
    "std::vector<int> a::b",
    "00:1A:2B:3C:4D:5E",
    "10:30:45",
    "3.14159265358979",
    "1234567890",
    "0x1234567890abcdef",
    "image@2x.png",
    "npm i lodash@4.17.21",
    "@username hello",
    "git@github.com:org/repo.git",
    "Meet at the dot com conference",
    "2024-05-12T10:30:00.123456Z",
    "20240512103000",
    "room 12-34-56",
    "DNI 12345678A",
    "666-12-3456",
    "000-12-3456",
    "900-12-3456",
    "PO 4500012345",
    "SKU 123-456-7890-X",
    "ticket 1234-5678",
    "call 1-2-3",
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
    "2019-2024",
    "pages 123-456",
    "IMEI 490154203237518",
    "EAN 4006381333931",
    "Flight LH 1234 on 12.03.",
    "the score was 6-3, 7-5, 6-4",
    "Rechnung Nr. 2024/00045678",
    "serial 5CD1234ABC",
    "Artikelnummer 012-345-678",
    "id=507f1f77bcf86cd799439011",
    "注文番号 123456789012",
    "订单号 202405121234567",
    "call sign 12345",
    "999.999.999.999",
    "256.1.1.1",
    "my token expired",
    "password: required",
    "The secret is out there",
    "tel aviv 2024",
    "Personnummer ändrades",
    "In 2023 we had 1500 users and 20000 sessions",
    "bug 1234567",
    "case 00123456",
    "chapter 1.2.3.4",
    "section 4.3.2.1",
    "zip 12345-6789",
]


@pytest.fixture(scope="module")
def redaction():
    return Redaction()


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in VALUES.items() for text in texts])
def test_a_value_is_found_as_people_write_it(redaction, kind, text):
    assert [found.kind for found in redaction.find(text)] == [kind]


@pytest.mark.parametrize("text", OTHER)
def test_numbers_that_are_nobodys_are_left(redaction, text):
    assert redaction.find(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("call 0034 612 345 678", "+34612345678"),
        ("+34 612-345-678", "+34612345678"),
        ("Ana.Silva+x [at] Example [dot] COM", "ana.silva+x@example.com"),
        ("4111-1111 1111 1111", "4111111111111111"),
        ("de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("DNI 12.345.678-z", "12345678Z"),
    ],
)
def test_a_value_is_the_same_however_it_is_written(redaction, text, value):
    assert [found.value for found in redaction.find(text)] == [value]


def test_a_region_makes_national_numbers_count_wherever_they_stand():
    text = "y el otro es 934567890, creo"
    assert Redaction().find(text) == []
    assert [found.value for found in Redaction(region="ES").find(text)] == ["+34934567890"]


def test_only_the_kinds_that_are_asked_for_are_found():
    text = "ana@example.com, +34 612 345 678, 10.0.0.5"
    assert [found.kind for found in Redaction(kinds={"IP"}).find(text)] == ["IP"]


def test_a_number_that_fails_its_check_is_no_other_kind_either(redaction):
    assert redaction.find("NL00 ABNA 0417 1643 00 is wrong") == []
    assert redaction.find("000-12-3456 is no valid SSN") == []
    assert redaction.find("123456789 is geen geldig BSN") == []
    assert redaction.find("Personnumret 070402-0871 godkänns inte") == []


CODE = [
    *("rows[::2]", "names[1::3], kinds[14::]", "f(x)[::2, 0]", "socat:amd64 1.7.4.4-2"),
    *("token = parse_decimal(lines[2])", "token=next_of(1314)", "out = Element(token=Part(id=271), 2)", "password = entry[1]"),
    *('{"value": "@example.com"}', '["a1", "@example.org"]'),
    *("{'x': 6.666666666666667, 'y': 0.301511344577764}", "[59, 61, 65, 67, 69, 71, 73, 77, 79]", "[17266, 17267, 17268]", "id 635554097106142143"),
    *("np.zeros((41, 7, 120, 36, 2706))", "-8.90384387e-02", "0.82102632706"),
    *("text='open', logprob=-1.3359375", "2.4+20151223", "8*x**6 + 260932815*x", "(3*y) + 12000000", "10879/2048+4343/4096"),
    *("at 15:17:08.000000123", "Phys. Rev. E 73, 056101 (2006)."),
    *("51 Franklin St, Boston, MA 02110-1301", "02110-1301, USA."),
]


@pytest.mark.parametrize("text", CODE)
def test_programs_and_lists_of_numbers_are_left(redaction, text):
    assert redaction.find(text) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("IP", "http://[::1]:8080/"),
        ("IP", "range 10.0.0.1-50"),
        ("SECRET", "password: my_pass(123"),
        ("SECRET", 'token = "draw_from(urn2"'),
        ("CARD", "my debit card is 635554097106142143"),
        ("CARD", "4111, 1111, 1111, 1111"),
        ("EMAIL", '{"to":"\\"ana b\\"@example.com"}'),
        ("PHONE", "WhatsApp+34612345678"),
        ("PHONE", "phone + 34 612 345 678"),
        ("PHONE", "Tel. 02110-1301"),
    ],
)
def test_what_is_like_a_program_may_be_a_value(redaction, kind, text):
    assert [found.kind for found in redaction.find(text)] == [kind]


def test_a_sum_is_no_id_of_somebody_over_a_hundred(redaction):
    assert redaction.find("190524+6797") == []


def test_the_word_behind_a_number_may_belong_to_the_next_one(redaction):
    assert [found.kind for found in redaction.find("Elena, 333 987 6543, ordine 30041")] == ["PHONE"]


def test_what_is_found_does_not_overlap_and_is_in_order(redaction):
    found = redaction.find(" ".join(text for texts in VALUES.values() for text in texts))
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert len(found) > 100

"""Words that stand beside numbers, in lower case, by what they say that the number is. ``_`` stands for a space, a hyphen or nothing."""

WHOLE = {
    "phone": (
        "tel tél tlf tfno tfn telf tlfn ph fon fone fax cell mob mobi mobile handy cel cells call calls calling dial ring sms"
        " text texts txt whatsapp whatsap"
        " wa.me whats_app signal viber hotline helpline landline festnetz mobil ruf anruf gsm portable perso fixe fijo fixo fisso cep ara"
        " bel kom kontakt contact"
        " my_number your_number his_number her_number reach reach_me mi_número mi_numero meine_nummer meiner_nummer"
        " mon_numéro mio_numero"
        " meu_número mijn_nummer mój_numer mitt_nummer мой_номер номер_мой тел моб puh ppp zap"
        " my_num mi_num mon_num mio_num meu_num meine_nr mijn_nr mój_nr mitt_nr my_digits tlfno teléf hdy msisdn caller_id"
        " contacto contactos contato contatos contatti wasap guasap watsap watsapp wpp app_me 06_nummer simsen nås hmu hit_me_up"
    ),
    "id": (
        "dni nie nif cf nir pesel id_nr id.-nr tin cpr oib egn cnp hetu pps ppsn nino nhs cpf sin rut curp tckn ssn niss insz ahv avs"
        " avhn svnr инн снилс егн"
        " ni_number ni_no tax_id tax_number id_number id_card personal_number national_number steuer_id tax_identification pan"
        " aadhar aadhaar svs nrn pnr pers_nr pers.nr fnr"
    ),
    "other": (
        "order orders po ticket ref refs réf isbn issn ean gtin upc sku asin serial model part item lot id ids uuid guid build"
        " case bug pr issue imei vin"
        " iccid mac ups dhl dpd fedex usps gls port pin otp code codes otp eur usd gbp chf pln euro euros € $ £ zł total price amount sum count #"
        " unix ts ms bytes byte kb mb lat lon lng doi pmid arxiv iso rfc din card cards cc visa mastercard amex maestro karte tarjeta carte"
        " carta cartão kaart karta karty iban bic konto kontonummer cuenta compte conto conta rekening account blz zip plz postcode art nf"
        " exp v ver № vat ust_id uid"
        " siren siret kvk nip regon krs"
        " iphone i_phone handelsregister hrb meter mètre az p.o vol page pp figure"
    ),
}
"""Words that count only as they stand."""

STEMS = {
    "phone": (
        "phone telephon telefon telefoon teléfon téléphon telefón telemóvel telemovel rufnummer rückruf zurückruf durchwahl"
        " erreich anruf angerufen handynummer"
        " mobilnummer mobilnr handynr appel rappel joindre joign portab móvil movil celular llám llam escríbe cellular chiam"
        " recapit ligue ligar liga-me ligação"
        " mobiel belle bereik nabel komórk zadzwo dzwo oddzwo infolini ringa ring_ puhelin soit zavol mobiln gsm- звон позвон"
        " перезвон телефон сотов мобильн"
        " ватсап вотсап whatsapp called callback contáct contactez contactar contacter contatta contact_me kontaktow melde_dich"
    ),
    "id": (
        "codice_fiscal codicefiscal sécurité_social securite_social numéro_de_sécu sécu carte_vital insee"
        " bsn burger_service sofi_nummer persoonsnummer"
        " steueridentifikation steuerliche_identifikation steuer-identifikation steuernummer identifikations_n person_num"
        " person_nr samordningsnum citizen_service"
        " fødselsnum fodselsnum rijksregister registre_national numéro_national nationaal_nummer contribuinte"
        " número_fiscal rodné rodne sozialversicherung"
        " sv-nummer sv-nr henkilötunnus national_insurance national_id identity_n identification_n identificat id_no"
        " social_security social_insurance"
        " kimlik tożsamo dowód dowod documento_nacional documento_de_ident numéro_fiscal numero_fiscal rentenversicherung"
        " identyfikac cpr- паспорт страхов"
        " социальн national_identi cédula personalnummer versichertennum versicherungsnum"
    ),
    "other": (
        "kreditkart creditcard tarjet kontonum банковск карт invoice tracking tracked trackin referen parcel shipment consignment delivery"
        " waybill product batch transact version"
        " versión versão commit hash"
        " checksum timestamp epoch customer policy contract claim booking reserv confirmation article account_n population serial-"
        " bestell auftrag rechnung vorgang aktenzeichen sendung paket artikel serien kunden vertrag buchung charge zeitstempel lieferschein"
        " commande factur colis suivi dossier série contrat client horodat livraison"
        " pedido seguimiento envío envio artículo articulo expediente lote albarán factura guía"
        " ordin fattur spedizion tracciament riferiment articol contratt prenotazion pratica lotto pacco"
        " encomend fatura rastre artigo processo protocolo nota_fiscal"
        " bestel factuur zending pakket volgnum serienum klant boeking verzend trackingn ordernum"
        " zamówien zamowien faktur przesył przesyl paczk śledz sledz seryjn artyku umow rezerwac sprawa sprawy zgłosz list_przewoz"
        " заказ счёт счет накладн отслеж трек посыл артикул серийн договор брон заявк отправлен версия"
        " beställning kolli ärende artikeln kundnum order ticketn casen sip"
    ),
}
"""Beginnings of words."""

ANYWHERE = {
    "phone": (
        "電話 携帯 ケータイ でんわ 电话 手机 手機 手机号 致电 拨打 联系我 联系方式 我的号码 微信 전화 휴대폰 핸드폰 연락처"
        " هاتف جوال موبايل اتصل फोन मोबाइल ☎ 📞 📱"
    ),
    "id": "身份证 身分證 マイナンバー 個人番号 주민등록 आधार",
    "other": (
        "注文 請求 追跡 伝票 商品 予約 受付 シリアル 型番 問い合わせ番号 お客様番号 会員番号 管理番号 タイムスタンプ 版本"
        " 订单 訂單 单号 單號 运单 快递 发票 编号 編號 序列号 工单 时间戳 流水号 주문 송장 운송장 접수 예약 रुपये ऑर्डर"
    ),
}
"""Words of scripts that put no spaces between them."""

import type { ApprovalOutcome, DeclineReason } from '@tolem/domain/decision'

/** What the cardholder may be shown, in the languages of the country. */
export type CardholderMessages = { readonly kk: string; readonly ru: string; readonly en: string }

const LATER: CardholderMessages = {
  kk: 'Қызмет уақытша қолжетімсіз. Кейінірек қайталап көріңіз.',
  ru: 'Сервис временно недоступен. Повторите попытку позже.',
  en: 'The service is temporarily unavailable. Please try again later.',
}

const CALL_BANK: CardholderMessages = {
  kk: 'Операция орындалмады. Банкіңізге хабарласыңыз.',
  ru: 'Операция не выполнена. Обратитесь в ваш банк.',
  en: 'The operation was not completed. Please contact your bank.',
}

const NOT_PERMITTED: CardholderMessages = {
  kk: 'Бұл операцияға карта бойынша рұқсат жоқ.',
  ru: 'Эта операция по карте не разрешена.',
  en: 'This operation is not permitted for the card.',
}

/** Approved. */
export const APPROVED_MESSAGES: CardholderMessages = {
  kk: 'Мақұлданды.',
  ru: 'Одобрено.',
  en: 'Approved.',
}

/** One message for each way of approving. */
export const APPROVAL_MESSAGES = {
  approved: APPROVED_MESSAGES,
  partially_approved: {
    kk: 'Соманың бір бөлігі ғана мақұлданды.',
    ru: 'Одобрена только часть суммы.',
    en: 'Only a part of the amount is approved.',
  },
  verified: { kk: 'Карта тексерілді.', ru: 'Карта проверена.', en: 'The card is verified.' },
  approved_without_cashback: {
    kk: 'Сатып алу мақұлданды, қолма-қол ақшасыз.',
    ru: 'Покупка одобрена, без выдачи наличных.',
    en: 'The purchase is approved, without the cash.',
  },
} as const satisfies Record<ApprovalOutcome, CardholderMessages>

/** One message for each reason. A lost or stolen card is not told so at the till. */
export const DECLINE_MESSAGES = {
  unknown_card: CALL_BANK,
  card_expired: {
    kk: 'Картаның мерзімі өткен.',
    ru: 'Срок действия карты истёк.',
    en: 'The card has expired.',
  },
  card_lost: CALL_BANK,
  card_stolen: CALL_BANK,
  card_frozen: {
    kk: 'Карта бұғатталған. Банкіңізге хабарласыңыз.',
    ru: 'Карта заблокирована. Обратитесь в ваш банк.',
    en: 'The card is blocked. Please contact your bank.',
  },
  card_closed: CALL_BANK,
  card_not_activated: {
    kk: 'Карта белсендірілмеген.',
    ru: 'Карта не активирована.',
    en: 'The card is not activated.',
  },
  wallet_not_linked: {
    kk: 'Картаға криптоәмиян байланыстырылмаған.',
    ru: 'К карте не привязан криптокошелёк.',
    en: 'No crypto wallet is linked to the card.',
  },
  exchange_not_licensed: NOT_PERMITTED,
  exchange_not_permitted: NOT_PERMITTED,
  transaction_type_not_permitted: NOT_PERMITTED,
  channel_not_permitted: NOT_PERMITTED,
  merchant_category_not_permitted: NOT_PERMITTED,
  country_not_permitted: NOT_PERMITTED,
  currency_not_supported: NOT_PERMITTED,
  invalid_amount: {
    kk: 'Сома жарамсыз.',
    ru: 'Недопустимая сумма.',
    en: 'The amount is not valid.',
  },
  original_not_found: CALL_BANK,
  original_closed: CALL_BANK,
  refund_exceeds_original: {
    kk: 'Қайтару сомасы сатып алудан асады.',
    ru: 'Сумма возврата больше суммы покупки.',
    en: 'The refund is larger than the purchase.',
  },
  amount_limit_exceeded: {
    kk: 'Сома лимиті асып кетті.',
    ru: 'Превышен лимит суммы.',
    en: 'The amount limit is exceeded.',
  },
  count_limit_exceeded: {
    kk: 'Операциялар саны лимитінен асып кетті.',
    ru: 'Превышен лимит количества операций.',
    en: 'The limit of operations is exceeded.',
  },
  asset_suspended: NOT_PERMITTED,
  rate_unavailable: LATER,
  rate_unsafe: LATER,
  insufficient_funds: {
    kk: 'Әмиянда қаражат жеткіліксіз.',
    ru: 'Недостаточно средств в кошельке.',
    en: 'There are not enough funds in the wallet.',
  },
  exchange_refused: {
    kk: 'Биржа операциядан бас тартты.',
    ru: 'Биржа отклонила операцию.',
    en: 'The exchange refused the operation.',
  },
  exchange_unavailable: LATER,
  exchange_in_doubt: LATER,
  deadline_exceeded: LATER,
  reversed_before_authorization: {
    kk: 'Операция тоқтатылды.',
    ru: 'Операция отменена.',
    en: 'The operation was cancelled.',
  },
  cleared_before_authorization: CALL_BANK,
  advised_before_authorization: CALL_BANK,
  system_malfunction: LATER,
} as const satisfies Record<DeclineReason, CardholderMessages>

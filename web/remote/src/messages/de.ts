/** Every text the web remote shows, in German. */

import type { Messages } from "../messages.ts";

export const de: Messages = {
  language: "de",
  product: "DeskConn",
  title: (computer) => `${computer} · DeskConn`,
  loading: "Lädt …",

  pair: {
    title: "Mit diesem Computer koppeln",
    advice: "Am Computer „deskconn pair“ ausführen und die acht Ziffern eingeben, die er zeigt.",
    scan: "Oder den Code auf seinem Bildschirm mit der Kamera scannen.",
    code: "Kopplungscode",
    submit: "Koppeln",
    tryAgain: "Noch einmal versuchen",
    tryAgainIn: (seconds) => `Noch einmal in ${seconds} s`,
    working: "Koppelt …",
    workingAdvice: "Beide beweisen einander, dass sie den Code kennen.",
    asking: "Am Computer erlauben",
    askingAdvice:
      "Der Computer fragt, ob er dieses Gerät einlassen soll, und zeigt dieselben zwei Wörter.",
    incomplete: "Der Code hat acht Ziffern.",
    back: "Zurück",
    attemptsLeft: (count) =>
      count === 0
        ? "Kein Versuch ist übrig: den Code auf dem Bildschirm scannen oder dort neu koppeln."
        : `Noch ${count}\u00A0${count === 1 ? "Versuch" : "Versuche"}.`,
    errors: {
      not_pairing: {
        title: "Der Computer koppelt gerade nicht.",
        advice: "Am Computer „deskconn pair“ ausführen und den neuen Code eingeben.",
      },
      busy: {
        title: "Gerade koppelt ein anderes Gerät.",
        advice: "In ein paar Sekunden noch einmal versuchen.",
      },
      bad_code: { title: "Falscher Code.", advice: "Noch einmal auf den Bildschirm schauen." },
      declined: {
        title: "Dieses Gerät wurde nicht eingelassen.",
        advice: "Am Computer neu koppeln, mit einem neuen Code.",
      },
      expired: {
        title: "Das Koppeln hat zu lange gedauert.",
        advice: "Noch einmal versuchen; der Code gilt, solange der Computer ihn zeigt.",
      },
      version: {
        title: "Der Computer spricht eine andere Version.",
        advice: "DeskConn am Computer aktualisieren und diese Seite neu laden.",
      },
      malformed: {
        title: "Der Computer und diese Seite verstehen einander nicht.",
        advice: "Diese Seite neu laden. Hilft das nicht, DeskConn am Computer aktualisieren.",
      },
      unreachable: {
        title: "Der Computer antwortet nicht.",
        advice: "Ist er eingeschaltet, und sind beide Geräte im selben Netz?",
      },
      impostor: {
        title: "Das war nicht der Computer.",
        advice:
          "Was geantwortet hat, kennt das Geheimnis auf dem Bildschirm nicht. Nichts wurde gespeichert. Vor dem nächsten Versuch prüfen, ob es das eigene Netz ist.",
      },
      refused: {
        title: "Der Computer hat abgelehnt.",
        advice: "Mit einem neuen Code noch einmal versuchen.",
      },
    },
  },

  paired: {
    title: (computer) => `Mit ${computer} gekoppelt`,
    words: "Prüfwörter",
    advice: "Der Computer muss dieselben zwei Wörter zeigen.",
    forgetful:
      "Dieser Browser behält nichts, wenn die Seite geschlossen wird; dann muss neu gekoppelt werden.",
    start: "Sie stimmen überein",
    differ: "Die Wörter sind andere",
    differed: {
      title: "Die Wörter waren andere, daher wurde diese Kopplung verworfen.",
      advice:
        "Jemand könnte zwischen diesem Gerät und dem Computer sein. Das neueste Gerät dort mit „deskconn unpair“ entfernen und in einem vertrauten Netz neu koppeln.",
    },
  },

  tabs: {
    slides: "Folien",
    screen: "Anzeige",
    media: "Medien",
    pointer: "Touchpad",
    lines: "Schalter",
    computer: "Computer",
  },
  navigation: "Teile der Fernbedienung",
  grants: {
    slides: "Folien wechseln",
    status: "Sehen, wie es dem Computer geht",
    "screen.brightness": "Helligkeit einstellen",
    "screen.lock": "Bildschirm sperren",
    "screen.unlock": "Bildschirm entsperren",
    "screen.awake": "Bildschirm wach halten",
    "screen.screenshot": "Bilder vom Bildschirm machen",
    media: "Medienwiedergabe steuern",
    volume: "Lautstärke einstellen",
    input: "Zeiger bewegen und tippen",
    notify: "Benachrichtigungen zeigen",
    open: "Webseiten öffnen",
    host: "Auslastung und Akku sehen",
  },
  line: (name) => `Den Schalter „${name}“ benutzen`,
  onOff: { on: "An", off: "Aus" },

  present: {
    region: "Folien steuern",
    more: "Mehr für die Folien",
    actions: {
      next: "Weiter",
      previous: "Zurück",
      first: "Erste",
      last: "Letzte",
      start: "Starten",
      start_current: "Ab hier",
      stop: "Beenden",
      black: "Schwarz",
      white: "Weiß",
    },
    actionNames: {
      next: "Weiter: nächste Folie",
      previous: "Zurück: vorige Folie",
      first: "Erste Folie",
      last: "Letzte Folie",
      start: "Starten: die Präsentation von vorn",
      start_current: "Ab hier: die Präsentation ab dieser Folie",
      stop: "Beenden: die Präsentation",
      black: "Schwarz: Bildschirm dunkel, an oder aus",
      white: "Weiß: Bildschirm hell, an oder aus",
    },
    notSupported: (name) => `${name} (in diesem Programm nicht verfügbar)`,
    broken: {
      title: "Der Computer kann gerade keine Folien wechseln.",
      advice: "Seine Komponente „slides“ läuft nicht.",
    },
    viewerName: (title) => `Programm: ${title}`,
    chooseViewer: "Welches Programm zeigt die Folien?",
    pointerName: "Den Zeiger bewegen, anstelle der großen Knöpfe",
  },

  timer: {
    region: "Timer",
    passed: "sind vergangen.",
    left: "sind übrig.",
    over: "zu lang.",
    start: "Timer starten",
    pause: "Timer anhalten",
    settings: "Timer-Einstellungen",
    length: "Länge des Vortrags",
    noLength: "Keine",
    minutes: (count) => `${count}\u00A0min`,
    advice: "Das Telefon vibriert fünf Minuten und eine Minute vor dem Ende und am Ende.",
    mark: "Diesen Moment merken",
    marks: "Gemerkte Momente",
    reset: "Auf null stellen",
    signs: (minutes) =>
      minutes === 0
        ? "Die Zeit ist um."
        : `Noch ${minutes}\u00A0${minutes === 1 ? "Minute" : "Minuten"}.`,
  },

  screen: {
    brightness: "Helligkeit",
    boosted: "Jemand hat sie eine Weile heller gestellt.",
    brokenBrightness: {
      title: "Die Helligkeit lässt sich nicht einstellen.",
      advice: "Der Computer hat keinen Bildschirm, den er dimmen kann.",
    },
    lock: "Sperre",
    lockNow: "Bildschirm sperren",
    locked: "Der Bildschirm ist gesperrt.",
    unlocked: "Der Bildschirm ist entsperrt.",
    unknown: "Der Computer sagt nicht, ob sein Bildschirm gesperrt ist.",
    requested: "Der Computer soll sperren und hat es noch nicht bestätigt.",
    brokenLock: {
      title: "Der Bildschirm lässt sich nicht sperren.",
      advice: "Es wurde keine Sitzung gefunden, die zu sperren wäre.",
    },
    awake: "Bildschirm wach halten",
    awakeAdvice: "Solange diese Seite verbunden ist.",
    awakeByOthers: "Etwas anderes hält ihn schon wach.",
    brokenAwake: {
      title: "Der Bildschirm lässt sich nicht wach halten.",
      advice: "Die Arbeitsumgebung nimmt einen solchen Wunsch nicht an.",
    },
  },

  media: {
    players: "Wiedergabe",
    none: "Nichts wird abgespielt",
    noneAdvice: "Musik oder ein Film, am Computer gestartet, erscheint hier.",
    broken: {
      title: "Die Wiedergabe lässt sich nicht steuern.",
      advice: "Der Computer hat keine Sitzung mit Abspielprogrammen.",
    },
    states: { playing: "Läuft", paused: "Pause", stopped: "Angehalten" },
    untitled: "Ohne Titel",
    previous: "Voriges Stück",
    next: "Nächstes Stück",
    play: "Abspielen",
    pause: "Pause",
    position: (player) => `Stelle in ${player}`,
    volume: "Lautstärke",
    muteName: "Lautsprecher stumm schalten",
    microphone: "Mikrofon stumm schalten",
    muted: "Stumm",
    brokenVolume: {
      title: "Die Lautstärke lässt sich nicht einstellen.",
      advice: "Der Computer hat keinen Tonserver.",
    },
  },

  pointer: {
    pad: "Touchpad",
    advice:
      "Ziehen bewegt, Tippen klickt, mit zwei Fingern ziehen rollt, mit zwei Fingern tippen klickt rechts.",
    buttons: { left: "Linksklick", right: "Rechtsklick" },
    type: "Tippen",
    typePlaceholder: "Hier tippen, dort erscheint es",
    keys: "Tasten",
    keyNames: {
      escape: "Esc",
      tab: "Tab",
      backspace: "Löschen",
      enter: "Enter",
      left: "Pfeil links",
      up: "Pfeil auf",
      down: "Pfeil ab",
      right: "Pfeil rechts",
    },
    broken: {
      title: "Der Zeiger lässt sich nicht bewegen.",
      advice: "Die Komponente „input“ des Computers läuft nicht.",
    },
  },

  lines: {
    broken: {
      title: "Die Schalter lassen sich nicht benutzen.",
      advice: "Die Komponente „gpio“ des Computers läuft nicht.",
    },
    none: "Kein Schalter ist eingerichtet",
    noneAdvice: "Die Konfiguration des Computers nennt keinen, den dieses Gerät benutzen darf.",
    input: "Sensor",
    output: "Schalter",
    unknown: "Unbekannt",
    doing: { pulse: "Pulst", blink: "Blinkt", pwm: "Gedimmt" },
    next: (value, when) => `${value ? "An" : "Aus"} ${when}`,
    pulse: "Eine Sekunde an",
    pulseName: (title) => `Eine Sekunde an: ${title}`,
    schedule: "Zeitplan",
    scheduleName: (title) => `Zeitplan: ${title}`,
    scheduleAdvice: (zone) => `Nach der Uhr des Computers (${zone}).`,
    never: "Wird nie von selbst geschaltet.",
    from: "Von",
    until: "Bis",
    days: "Tage",
    dayNames: {
      mon: ["Mo", "Montag"],
      tue: ["Di", "Dienstag"],
      wed: ["Mi", "Mittwoch"],
      thu: ["Do", "Donnerstag"],
      fri: ["Fr", "Freitag"],
      sat: ["Sa", "Samstag"],
      sun: ["So", "Sonntag"],
    },
    add: "Zeit hinzufügen",
    remove: "Diese Zeit entfernen",
    save: "Speichern",
    asConfigured: "Wie in der Konfiguration",
    cancel: "Abbrechen",
  },

  computer: {
    version: "Version",
    running: "Läuft seit",
    devices: "Gekoppelte Geräte",
    parts: "Teile des Computers",
    partStates: {
      running: "Läuft",
      starting: "Startet",
      unavailable: "Nicht verfügbar",
      failed: "Ausgefallen",
      disabled: "Ausgeschaltet",
    },
    device: "Dieses Gerät",
    may: "Es darf",
    nothing: "Nichts. Am Computer mit „deskconn grant“ etwas erlauben.",
    until: (when) => `bis ${when}`,
    id: "Kennung",
    paired: (when) => `Gekoppelt bis ${when}.`,
    forgetMore: "Was es darf, ändern dort „deskconn grant“ und „deskconn revoke“.",
  },

  host: {
    title: "Wie es ihm geht",
    broken: {
      title: "Der Computer sagt nicht, wie es ihm geht.",
      advice: "Sein Bestandteil „host“ läuft nicht.",
    },
    battery: "Akku",
    states: {
      charging: "lädt",
      discharging: "entlädt",
      full: "voll",
      idle: "lädt nicht",
    },
    left: (time) => `noch ${time}`,
    load: "Auslastung",
    loadOf: (load, cores) => `${load} von ${cores}`,
    memory: "Speicher",
    disk: "Festplatte",
    used: (used, total) => `${used} von ${total} GB belegt`,
    temperature: "Temperatur",
  },

  send: {
    title: "An den Schreibtisch senden",
    address: "Webadresse",
    open: "Öffnen",
    noAddress: "Das ist keine Webadresse.",
    note: "Notiz",
    show: "Zeigen",
    sent: "Gesendet.",
  },

  status: {
    connecting: "Verbindet …",
    online: "Verbunden",
    reconnecting: "Verbindet neu …",
    removed: "Vom Computer entfernt",
    closed: "Getrennt",
  },

  problem: {
    removed: {
      title: "Der Computer kennt dieses Gerät nicht mehr.",
      advice:
        "Es wurde dort entfernt, oder die Kopplung ist abgelaufen. Zum Fortfahren neu koppeln.",
    },
    offline: {
      title: "Der Computer antwortet nicht.",
      advice: "Diese Seite versucht es weiter. Tastendrücke werden nicht aufgehoben.",
    },
    denied: {
      title: "Der Computer erlaubt das nicht.",
      advice: "Dort mit „deskconn grant“ erlauben.",
    },
    tooFast: {
      title: "Zu schnell gedrückt.",
      advice: "Das letzte Mal hat der Computer ausgelassen.",
    },
    notSent: {
      title: "Nichts wurde gesendet.",
      advice: "Es gibt keine Verbindung zum Computer.",
    },
    unsure: {
      title: "Der Computer hat nicht geantwortet.",
      advice: "Ob der letzte Druck ankam, ist ungewiss.",
    },
    failed: {
      title: "Der Computer konnte das nicht tun.",
      advice: "Noch einmal versuchen.",
    },
    less: {
      title: "Der Computer hat etwas zurückgenommen.",
      advice: (part) => `Dieses Gerät darf „${part}“ nicht mehr benutzen.`,
    },
    pairAgain: "Neu koppeln",
    checkAgain: "Erneut prüfen",
    dismiss: "Schließen",
  },

  menu: {
    close: "Schließen",
    forget: "Diesen Computer vergessen",
    forgetTitle: (computer) => `${computer} vergessen?`,
    forgetAdvice:
      "Dieser Browser löscht seinen Schlüssel und muss neu gekoppelt werden. Ist der Computer jetzt nicht erreichbar, bleibt dieses Gerät in seiner Liste, bis es dort mit „deskconn unpair“ entfernt wird.",
    confirm: "Vergessen",
    cancel: "Abbrechen",
    computerId: "Kennung",
    security: "Versiegelte Verbindung",
    securityAdvice: "Jeder Tastendruck ist für den gekoppelten Computer verschlüsselt.",
    plainAdvice:
      "Die Seite selbst kam ungeschützt über das lokale Netz: nur in vertrauten Netzen benutzen.",
  },
};

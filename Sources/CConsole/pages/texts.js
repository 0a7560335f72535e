// What the console says, in English and in Spanish.

const LANGUAGE = "campana language";

/** @type {Record<"en" | "es", Record<string, string>>} */
export const texts = {
  en: {
    "skip": "To the content", "cancel": "Cancel", "close": "Close", "save": "Save", "create": "Create", "delete": "Delete", "more": "More", "refresh": "Refresh", "none": "none",
    "language": "Español", "language.label": "Cambiar a español", "theme.light": "Light", "theme.dark": "Dark", "theme.label": "Theme", "login": "Log in", "logout": "Log out",
    "login.title": "Log in", "login.text": "This hub asks who you are. The key stays in this tab and is forgotten with it.", "login.key": "API key or token", "login.enter": "Log in", "login.refused": "The hub does not accept this key.",
    "state.connecting": "connecting", "state.catching-up": "catching up", "state.live": "live", "state.waiting": "reconnecting", "state.refused": "refused", "state.closed": "closed",
    "nav.overview": "Overview", "nav.events": "Events", "nav.tasks": "Tasks", "nav.notifications": "Notifications", "nav.stock": "Stock", "nav.webhooks": "Webhooks", "nav.connections": "Connections",
    "gap": "Events are missing here: they are no longer kept.", "reset": "The log's history is another than before.",
    "overview.health": "Health", "overview.ok": "OK", "overview.degraded": "degraded", "overview.uptime": "Up for", "overview.version": "Version", "overview.consumers": "Consumers", "overview.websockets": "WebSockets", "overview.streams": "streams", "overview.subscriptions": "Subscriptions",
    "overview.groups": "Groups", "overview.events": "Events kept", "overview.head": "Head of the log", "overview.disk": "On disk", "overview.memory": "Memory", "overview.queue": "Writes waiting", "overview.loops": "Loops",
    "overview.published": "Events a second", "overview.delivered": "Deliveries a second", "overview.latency": "Time of a request", "overview.limits": "Limits", "overview.commits": "Events a commit, at most",
    "limit.message_bytes": "A message", "limit.event_bytes": "An event", "limit.subscriptions": "Subscriptions of a connection", "limit.queue_bytes": "Queue of a consumer",
    "events.title": "Events", "events.filter": "Filter", "events.filter.hint": "group, type or text", "events.pause": "Pause", "events.resume": "Go on", "events.paused": "paused; {n} waiting", "events.clear": "Clear", "events.empty": "No event yet. Publish one, or wait.", "events.shown": "{n} shown", "events.since": "From",
    "publish.title": "Publish", "publish.group": "Group", "publish.type": "Type", "publish.data": "Data (JSON)", "publish.send": "Publish", "publish.done": "Published: {cursor}", "publish.bad": "The data are no JSON: {reason}",
    "rates.title": "Groups, by events in the last minute", "rates.group": "Group", "rates.rate": "a minute", "rates.last": "Last event",
    "tasks.title": "Tasks", "tasks.new": "New task", "tasks.name": "Title", "tasks.description": "Description", "tasks.created": "Created", "tasks.state": "State", "tasks.open": "open", "tasks.done": "done", "tasks.complete": "Complete", "tasks.reopen": "Reopen", "tasks.empty": "No tasks.", "tasks.filter": "Show", "tasks.all": "all",
    "notifications.title": "Notifications", "notifications.consumer": "Consumer", "notifications.show": "Show", "notifications.unread": "{n} unread", "notifications.readall": "Mark all as read", "notifications.read": "Mark as read", "notifications.isread": "read", "notifications.isunread": "unread", "notifications.type": "Type", "notifications.text": "Text", "notifications.sent": "Sent", "notifications.send": "Send", "notifications.empty": "No notifications.", "notifications.state": "State",
    "stock.title": "Stock", "stock.article": "Article", "stock.quantity": "Quantity", "stock.minimum": "Minimum", "stock.recovery": "Recovers at", "stock.alert": "Alert", "stock.new": "New article", "stock.movement": "Movement", "stock.kind": "Kind", "stock.warehouse": "Warehouse", "stock.book": "Book", "stock.in": "in", "stock.out": "out", "stock.adjust": "adjust", "stock.acknowledge": "Acknowledge", "stock.silence": "Silence 1 h", "stock.note": "Note", "stock.who": "Who", "stock.alerts": "Alerts", "stock.since": "Since", "stock.empty": "No articles.", "stock.noalerts": "No alerts.", "stock.approve": "Approve", "stock.pending": "Movements that wait for approval", "stock.name": "Name", "stock.below": "below", "stock.enough": "enough", "stock.console": "console",
    "webhooks.title": "Webhooks", "webhooks.new": "New webhook", "webhooks.name": "Name", "webhooks.url": "URL", "webhooks.event": "Event", "webhooks.groups": "Groups", "webhooks.state": "State", "webhooks.active": "active", "webhooks.paused": "paused", "webhooks.pause": "Pause", "webhooks.resume": "Resume", "webhooks.test": "Test", "webhooks.deliveries": "Deliveries", "webhooks.replay": "Replay 1 h", "webhooks.empty": "No webhooks.", "webhooks.secret": "The secret, shown this once: {secret}", "webhooks.attempts": "Attempts", "webhooks.status": "Status", "webhooks.next": "Next try", "webhooks.time": "Time", "webhooks.nodeliveries": "No deliveries yet.", "webhooks.took": "Took", "webhooks.answer": "Answer",
    "connections.title": "Connections", "connections.principal": "Who", "connections.address": "Address", "connections.transport": "Transport", "connections.groups": "Groups", "connections.lag": "Behind", "connections.queue": "Queue", "connections.since": "Since", "connections.end": "End", "connections.count": "{n} connected", "connections.empty": "Nobody is connected.", "connections.allgroups": "Groups of the log", "connections.group": "Group", "connections.events": "Events", "connections.subscribers": "Consumers", "connections.trace": "Who got an event", "connections.cursor": "Cursor", "connections.verdict": "Verdict", "connections.reason": "Why", "connections.show": "Trace",
    "absent": "This hub does not have this area.", "forbidden": "Your key does not grant this.",
  },
  es: {
    "skip": "Al contenido", "cancel": "Cancelar", "close": "Cerrar", "save": "Guardar", "create": "Crear", "delete": "Borrar", "more": "Más", "refresh": "Actualizar", "none": "ninguno",
    "language": "English", "language.label": "Switch to English", "theme.light": "Claro", "theme.dark": "Oscuro", "theme.label": "Tema", "login": "Entrar", "logout": "Salir",
    "login.title": "Entrar", "login.text": "Este hub pregunta quién eres. La clave queda en esta pestaña y se olvida con ella.", "login.key": "Clave de API o token", "login.enter": "Entrar", "login.refused": "El hub no acepta esta clave.",
    "state.connecting": "conectando", "state.catching-up": "poniéndose al día", "state.live": "en vivo", "state.waiting": "reconectando", "state.refused": "rechazado", "state.closed": "cerrado",
    "nav.overview": "Resumen", "nav.events": "Eventos", "nav.tasks": "Tareas", "nav.notifications": "Notificaciones", "nav.stock": "Stock", "nav.webhooks": "Webhooks", "nav.connections": "Conexiones",
    "gap": "Aquí faltan eventos: ya no se conservan.", "reset": "La historia del registro es otra que antes.",
    "overview.health": "Salud", "overview.ok": "OK", "overview.degraded": "degradado", "overview.uptime": "En marcha", "overview.version": "Versión", "overview.consumers": "Consumidores", "overview.websockets": "WebSockets", "overview.streams": "flujos", "overview.subscriptions": "Suscripciones",
    "overview.groups": "Grupos", "overview.events": "Eventos guardados", "overview.head": "Cabeza del registro", "overview.disk": "En disco", "overview.memory": "Memoria", "overview.queue": "Escrituras en espera", "overview.loops": "Bucles",
    "overview.published": "Eventos por segundo", "overview.delivered": "Entregas por segundo", "overview.latency": "Tiempo de una petición", "overview.limits": "Límites", "overview.commits": "Eventos por commit, como máximo",
    "limit.message_bytes": "Un mensaje", "limit.event_bytes": "Un evento", "limit.subscriptions": "Suscripciones de una conexión", "limit.queue_bytes": "Cola de un consumidor",
    "events.title": "Eventos", "events.filter": "Filtro", "events.filter.hint": "grupo, tipo o texto", "events.pause": "Pausar", "events.resume": "Seguir", "events.paused": "en pausa; {n} en espera", "events.clear": "Vaciar", "events.empty": "Aún no hay eventos. Publica uno, o espera.", "events.shown": "{n} a la vista", "events.since": "Desde",
    "publish.title": "Publicar", "publish.group": "Grupo", "publish.type": "Tipo", "publish.data": "Datos (JSON)", "publish.send": "Publicar", "publish.done": "Publicado: {cursor}", "publish.bad": "Los datos no son JSON: {reason}",
    "rates.title": "Grupos, por eventos en el último minuto", "rates.group": "Grupo", "rates.rate": "por minuto", "rates.last": "Último evento",
    "tasks.title": "Tareas", "tasks.new": "Nueva tarea", "tasks.name": "Título", "tasks.description": "Descripción", "tasks.created": "Creada", "tasks.state": "Estado", "tasks.open": "pendiente", "tasks.done": "hecha", "tasks.complete": "Completar", "tasks.reopen": "Reabrir", "tasks.empty": "No hay tareas.", "tasks.filter": "Ver", "tasks.all": "todas",
    "notifications.title": "Notificaciones", "notifications.consumer": "Consumidor", "notifications.show": "Ver", "notifications.unread": "{n} sin leer", "notifications.readall": "Marcar todas como leídas", "notifications.read": "Marcar como leída", "notifications.isread": "leída", "notifications.isunread": "sin leer", "notifications.type": "Tipo", "notifications.text": "Contenido", "notifications.sent": "Enviada", "notifications.send": "Enviar", "notifications.empty": "No hay notificaciones.", "notifications.state": "Estado",
    "stock.title": "Stock", "stock.article": "Artículo", "stock.quantity": "Cantidad", "stock.minimum": "Mínimo", "stock.recovery": "Se recupera en", "stock.alert": "Alerta", "stock.new": "Nuevo artículo", "stock.movement": "Movimiento", "stock.kind": "Tipo", "stock.warehouse": "Almacén", "stock.book": "Registrar", "stock.in": "entrada", "stock.out": "salida", "stock.adjust": "ajuste", "stock.acknowledge": "Reconocer", "stock.silence": "Silenciar 1 h", "stock.note": "Nota", "stock.who": "Quién", "stock.alerts": "Alertas", "stock.since": "Desde", "stock.empty": "No hay artículos.", "stock.noalerts": "No hay alertas.", "stock.approve": "Aprobar", "stock.pending": "Movimientos que esperan aprobación", "stock.name": "Nombre", "stock.below": "bajo", "stock.enough": "suficiente", "stock.console": "consola",
    "webhooks.title": "Webhooks", "webhooks.new": "Nuevo webhook", "webhooks.name": "Nombre", "webhooks.url": "URL", "webhooks.event": "Evento", "webhooks.groups": "Grupos", "webhooks.state": "Estado", "webhooks.active": "activo", "webhooks.paused": "en pausa", "webhooks.pause": "Pausar", "webhooks.resume": "Reanudar", "webhooks.test": "Probar", "webhooks.deliveries": "Entregas", "webhooks.replay": "Repetir 1 h", "webhooks.empty": "No hay webhooks.", "webhooks.secret": "El secreto, que se muestra solo esta vez: {secret}", "webhooks.attempts": "Intentos", "webhooks.status": "Estado", "webhooks.next": "Próximo intento", "webhooks.time": "Hora", "webhooks.nodeliveries": "Aún no hay entregas.", "webhooks.took": "Tardó", "webhooks.answer": "Respuesta",
    "connections.title": "Conexiones", "connections.principal": "Quién", "connections.address": "Dirección", "connections.transport": "Transporte", "connections.groups": "Grupos", "connections.lag": "Atraso", "connections.queue": "Cola", "connections.since": "Desde", "connections.end": "Terminar", "connections.count": "{n} conectados", "connections.empty": "No hay nadie conectado.", "connections.allgroups": "Grupos del registro", "connections.group": "Grupo", "connections.events": "Eventos", "connections.subscribers": "Consumidores", "connections.trace": "A quién llegó un evento", "connections.cursor": "Cursor", "connections.verdict": "Veredicto", "connections.reason": "Por qué", "connections.show": "Seguir",
    "absent": "Este hub no tiene esta área.", "forbidden": "Tu clave no concede esto.",
  },
};

/** What the person chose, or else what the hub chose by `Accept-Language`. @returns {"en" | "es"} */
export function language() {
  const chosen = localStorage.getItem(LANGUAGE) ?? document.documentElement.lang;
  return chosen === "es" ? "es" : "en";
}

export function otherLanguage() {
  localStorage.setItem(LANGUAGE, language() === "es" ? "en" : "es");
}

/** @param {string} name @param {Record<string, any>} [values] What stands in braces. */
export function t(name, values = {}) {
  const text = texts[language()][name] ?? texts.en[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
}

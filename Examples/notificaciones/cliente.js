// Conectar al WebSocket
const ws = new WebSocket('ws://localhost:8001/ws/notificaciones/1/');

// Cuando se conecta
ws.onopen = () => {
    console.log('✅ WebSocket conectado');
};

// Recibir mensajes
ws.onmessage = (event) => {
    const data = JSON.parse(event.data);
    console.log('📬 Notificación recibida:', data);
};

// Enviar ping
ws.send(JSON.stringify({ type: 'ping' }));

// Marcar notificación como leída
ws.send(JSON.stringify({
    type: 'mark_read',
    notification_id: 123
}));

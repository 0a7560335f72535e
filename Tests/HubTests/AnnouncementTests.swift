import Log
import Testing

@testable import Hub

/// WIRE §3: the types of the hub's own events keep the grammar of types.
@Suite("WIRE §3 What the hub announces")
struct AnnouncementTests {
    private static let all: [any Announcement] =
        TaskChange.allCases + NotificationChange.allCases + KeyEvent.allCases
        + StockEvent.allCases + WebhookChange.allCases + WebhookInterest.Evento.allCases

    @Test("each is a type", arguments: all)
    func type(_ announcement: any Announcement) {
        #expect(announcement.type.text == announcement.rawValue)
    }

    @Test("what a webhook can be made for is announced of stock")
    func eventos() {
        for evento in WebhookInterest.Evento.allCases {
            #expect(StockEvent(rawValue: evento.rawValue) != nil)
        }
    }
}

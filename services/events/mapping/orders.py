"""Lines grouped to orders, and orders to acts. The sequence of the lines never matters."""

from contextlib import suppress

from services.events.domain.admission import Admission
from services.events.mapping.acts import OrderAct
from services.events.mapping.columns import Row
from services.events.mapping.conclusion import acts_of, is_cancelled, is_refund, left_out
from services.events.mapping.language import Mapping
from services.events.mapping.order import Order, read_order_id
from services.events.mapping.plan import Fault, Plan, explain
from services.events.mapping.tally import Tally
from shared.errors import Invalid


class Orders:
    """Gathers lines; memory grows with the orders, not with their lines."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._orders: dict[str, Order] = {}
        self._faulty_orders: dict[str, Fault] = {}
        self._faulty_lines: dict[int, str] = {}
        self._tally = Tally()

    def add(self, row: Row, line: int) -> None:
        """Take in a line; one that can't be read spoils its whole order, or itself alone where
        it names none."""
        try:
            order_id = read_order_id(self._mapping.order.id, row)
        except Invalid as error:
            self.refuse(line, explain(error))
            return
        if not order_id:
            self.refuse(line, "no order id")
            return
        order = self._orders.setdefault(order_id, Order())
        if order_id in self._faulty_orders:
            order.lines += 1
            return
        try:
            order.add(self._mapping, row)
        except Invalid as error:
            self._spoil(order_id, Fault(line, explain(error)))

    def refuse(self, line: int, reason: str, row: Row | None = None) -> None:
        """Reject a line that is broken as such; its order too, if `row` still names one."""
        order_id = ""
        if row is not None:
            with suppress(Invalid):
                order_id = read_order_id(self._mapping.order.id, row)
        if not order_id:
            self._faulty_lines[line] = reason
            self._tally.rejected_lines += 1
            return
        self._orders.setdefault(order_id, Order()).lines += 1
        if order_id not in self._faulty_orders:
            self._spoil(order_id, Fault(line, reason))

    def close(self, admission: Admission) -> Plan[OrderAct]:
        """The acts of all orders, earliest first. Every one is what `admission` admits."""
        acts: list[OrderAct] = []
        for order_id, order in self._orders.items():
            if order_id not in self._faulty_orders:
                try:
                    acts += self._conclude(order_id, order, admission)
                except Invalid as error:
                    self._spoil(order_id, Fault(0, explain(error)))
            if order_id in self._faulty_orders:
                self._tally.rejected.add(order.lines)
        self._orders.clear()
        acts.sort(key=lambda act: act.position)
        return Plan(acts, self._tally, self._faulty_lines, self._faulty_orders)

    def _spoil(self, order_id: str, fault: Fault) -> None:
        self._faulty_orders[order_id] = fault
        self._orders[order_id] = Order(lines=self._orders[order_id].lines)

    def _conclude(self, order_id: str, order: Order, admission: Admission) -> list[OrderAct]:
        mapping, tally = self._mapping, self._tally
        if (reason := left_out(mapping, order)) is not None:
            tally.left_out[reason].add(order.lines)
            return []
        acts = acts_of(mapping, order_id, order)
        for act in acts:
            admission.admit(act.event(mapping.source))
        for act in acts:
            tally.add(act)
        tally.taken.add(order.lines)
        tally.negative += is_refund(mapping, order) and not is_cancelled(mapping, order)
        if mapping.order.products and order.lines > mapping.order.products.limit:
            tally.without_products += 1
        return acts

"""The files of the test's pipeline: 600 payments a day, about 100 of them charged back the day after. The same at every call."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path


def write_day(folder: Path, day: date, drift: float = 1.0) -> None:
    """Writes the files of a day; ``drift`` multiplies its amounts."""
    write(folder / "transactions" / f"{day}.csv", "transaction_id,paid_at,card_id,channel,amount", payments(day, drift))
    before = day - timedelta(days=1)
    reported = [
        f"{number},{datetime.combine(day, datetime.min.time()) + timedelta(minutes=i)},fraud"
        for i, (number, _, _, _, amount) in enumerate(line.split(",") for line in payments(before))
        if is_fraud(number, float(amount))
    ]
    write(folder / "chargebacks" / f"{day}.csv", "transaction_id,reported_at,reason", reported)


def cut_off(folder: Path, day: date) -> None:
    """Leaves 50 payments of a day's file: fewer than its gate lets through."""
    write(folder / "transactions" / f"{day}.csv", "transaction_id,paid_at,card_id,channel,amount", payments(day)[:50])


def payments(day: date, drift: float = 1.0) -> list[str]:
    chance = random.Random(day.toordinal())
    start = datetime.combine(day, datetime.min.time())
    lines = []
    for i in range(600):
        at = start + timedelta(seconds=i * 140 + chance.randrange(100))
        amount = chance.lognormvariate(3, 0.8) * drift
        lines.append(f"{day:%m%d}-{i:03d},{at},card_{chance.randrange(40):02d},{chance.choice(['pos', 'online'])},{amount:.2f}")
    lines[7] = lines[7].rsplit(",", 1)[0] + ",-1.00"  # the gate takes it out
    return lines


def is_fraud(number: str, amount: float) -> bool:
    return random.Random(number).random() < (0.5 if amount > 45 else 0.02)


def write(file: Path, header: str, lines: list[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([header, *lines]) + "\n")


def write_claims(folder: Path, day: date, count: int = 20) -> None:
    """Writes the files of a day of the pipeline that uses the payments'; ten claims are the least that its gate lets through."""
    claims = [f"c{day:%m%d}-{i:02d},{datetime.combine(day, datetime.min.time()) + timedelta(hours=i)},card_{i:02d},5.00" for i in range(count)]
    write(folder / "claims" / f"{day}.csv", "claim_id,claimed_at,card_id,amount", claims)
    write(folder / "findings" / f"{day}.csv", "claim_id,found_at,faith", [f"c{day:%m%d}-00,{day} 23:00:00,bad"])

package org.rduzoo.runners.chat;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/// A time as C's and Python's `strftime` print it, in English.
final class Dates {

    private Dates() {}

    static String formatted(String format, LocalDateTime time) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 >= format.length()) {
                text.append(c);
                continue;
            }
            char next = format.charAt(++i);
            boolean isPlain = next == '-' && i + 1 < format.length();
            String part = part(isPlain ? format.charAt(++i) : next, time);
            text.append(isPlain && part.length() > 1 ? part.replaceFirst("^[0 ](?=\\d)", "") : part);
        }
        return text.toString();
    }

    private static String part(char directive, LocalDateTime time) {
        return switch (directive) {
            case 'Y' -> Integer.toString(time.getYear());
            case 'C' -> two(time.getYear() / 100);
            case 'y' -> two(time.getYear() % 100);
            case 'm' -> two(time.getMonthValue());
            case 'd' -> two(time.getDayOfMonth());
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'B' -> pattern("MMMM", time);
            case 'b', 'h' -> pattern("MMM", time);
            case 'A' -> pattern("EEEE", time);
            case 'a' -> pattern("EEE", time);
            case 'H' -> two(time.getHour());
            case 'k' -> String.format("%2d", time.getHour());
            case 'I' -> two(time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'l' -> String.format("%2d", time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'M' -> two(time.getMinute());
            case 'S' -> two(time.getSecond());
            case 'f' -> String.format("%06d", time.getNano() / 1000);
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'j' -> String.format("%03d", time.getDayOfYear());
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'U' -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'W' -> two((time.getDayOfYear() + 6 - (time.getDayOfWeek().getValue() + 6) % 7) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'F' -> formatted("%Y-%m-%d", time);
            case 'T', 'X' -> formatted("%H:%M:%S", time);
            case 'R' -> formatted("%H:%M", time);
            case 'r' -> formatted("%I:%M:%S %p", time);
            case 'D', 'x' -> formatted("%m/%d/%y", time);
            case 'c' -> formatted("%a %b %e %H:%M:%S %Y", time);
            case 'z', 'Z' -> "";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> "%" + directive;
        };
    }

    private static String two(int value) {
        return String.format("%02d", value);
    }

    private static String pattern(String pattern, LocalDateTime time) {
        return time.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
    }
}

# What the members' connections with each other carried between two listings by `ss -tinpOH` with an empty line between
# them, and in how many segments of TCP: an outside counter sees their headers too, 52 B each.
# all: the members' process ids, with commas. name: what was done.
function of(mark) {
    return match($0, " " mark ":[0-9]+") ? substr($0, RSTART + length(mark) + 2, RLENGTH - length(mark) - 2) : 0
}
BEGIN { sign = -1 }
NF == 0 { sign = 1; next }
{
    gsub(/\[::ffff:|\]/, "")
    match($0, /pid=[0-9]+/)
    connection = $4 " " $5
    isMember[connection] = index("," all ",", "," substr($0, RSTART + 4, RLENGTH - 4) ",")
    bytes[connection] += sign * of("bytes_sent")
    segments[connection] += sign * of("segs_out")
}
END {
    for (one in isMember) {
        split(one, ends, " ")
        if (isMember[one] && isMember[ends[2] " " ends[1]]) {
            sent += bytes[one]
            count += segments[one]
        }
    }
    printf "%s: %d bytes between the members, in %d segments\n", name, sent, count
}

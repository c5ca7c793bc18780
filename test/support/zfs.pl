# A stand-in for zfs(8) over the folder of the stand-in's ZFS pool (test/support/pct): `zfs diff -FH A@x A[@y]`, which answers as zfs-diff(8) says,
# and `zfs list -Hp -t snapshot -d 1 -o name,used A`. The first argument is the folder that the pool is mounted at.
# A snapshot NAME of a dataset is the folder "DATASET@NAME" beside it, and is made to be seen in .zfs/snapshot as on ZFS.
use strict;
use warnings;
use Fcntl ':mode';

my ($mount, $command, @args) = @ARGV;

sub folder { my ($dataset) = @_; $dataset =~ s{.*/}{}; return "$mount/$dataset" }

sub show {
    my ($snapshot) = @_;
    my ($dataset, $name) = split /@/, $snapshot;
    my $home = folder($dataset);
    -d "$home\@$name" or do { print STDERR "cannot open '$snapshot': dataset does not exist\n"; exit 1 };
    mkdir "$home/.zfs"; mkdir "$home/.zfs/snapshot";
    symlink "$home\@$name", "$home/.zfs/snapshot/$name" unless -l "$home/.zfs/snapshot/$name";
    return "$home\@$name";
}

# path => [inode, kind, what would be seen to have changed]
sub walk {
    my ($root, $below, $found) = @_;
    opendir my $handle, "$root$below" or return $found;
    for my $name (sort grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
        my $path = "$below/$name";
        next if $path eq '/.zfs';
        my @stat = lstat "$root$path";
        my $kind = S_ISDIR($stat[2]) ? '/' : S_ISREG($stat[2]) ? 'F' : S_ISLNK($stat[2]) ? '@' : S_ISCHR($stat[2]) ? 'C' : S_ISBLK($stat[2]) ? 'B' : S_ISFIFO($stat[2]) ? '|' : '=';
        $found->{$path} = [$stat[1], $kind, join ' ', @stat[2, 4, 5, 7, 9, 10]];
        walk($root, $path, $found) if $kind eq '/';
    }
    return $found;
}

sub escaped { my ($path) = @_; $path =~ s/([^\x21-\x5b\x5d-\x7e])/sprintf '\\%04o', ord $1/ge; return $path }

if ($command eq 'diff') {
    my (undef, $from, $to) = @args;
    my ($dataset) = split /@/, $from;
    my $home = folder($dataset);
    my $then = walk(show($from), '', {});
    my $now = walk($to =~ /@/ ? show($to) : $home, '', {});
    my %gone = map { ($then->{$_}[0] => $_) } grep { !$now->{$_} } keys %$then;
    my %came = map { ($now->{$_}[0] => $_) } grep { !$then->{$_} } keys %$now;
    # What lies in a folder that was renamed is not renamed itself.
    my $moved = sub { my ($path) = @_; while ($path =~ s{/[^/]+$}{}) { my $of = $now->{$path} or next; return 1 if $gone{$of->[0]} && $came{$of->[0]} } return 0 };
    my $line = sub { my ($what, $kind, @paths) = @_; print join("\t", $what, $kind, map { escaped("$home$_") } @paths), "\n" };
    for my $path (sort keys %$then) {
        my $old = $then->{$path};
        my $new = $now->{$path};
        if ($new) { $line->('M', $new->[1], $path) if $new->[0] != $old->[0] || $new->[2] ne $old->[2] }
        elsif (my $other = $came{$old->[0]}) { $line->('R', $old->[1], $path, $other) unless $moved->($other) }
        else { $line->('-', $old->[1], $path) }
    }
    for my $path (sort grep { !$then->{$_} } keys %$now) { $line->('+', $now->{$path}[1], $path) unless $gone{$now->{$path}[0]} }
}
elsif ($command eq 'list') {
    my $home = folder($args[-1]);
    print map { my ($name) = /@(.*)$/; "$args[-1]\@$name\t4096\n" } sort grep { !/\.snapshots$/ && -d } glob "$home\@*";
}
else { print STDERR "unrecognized command '$command'\n"; exit 2 }

/// More of them than any picture needs: a file that is cut into so many stays as it is.
const MOST: usize = 1000;

/// A piece of a file that is put together anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::files) enum Piece {
    /// As it stands in the old one, from the byte `start` to before `end`.
    Kept {
        /// The first byte.
        start: u64,
        /// The byte behind the last.
        end: u64,
    },
    /// These bytes.
    Made(Vec<u8>),
}

/// What a walk through a file decides to keep of it.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    leaves_out: bool,
}

impl Pieces {
    /// Keeps what lies between these places.
    pub(super) fn keep(&mut self, start: u64, end: u64) {
        match self.pieces.last_mut() {
            _ if start >= end => {}
            Some(Piece::Kept { end: last, .. }) if *last == start => *last = end,
            _ => self.pieces.push(Piece::Kept { start, end }),
        }
    }

    /// Notes that something is left out.
    pub(super) const fn leave_out(&mut self) {
        self.leaves_out = true;
    }

    /// Goes on with these bytes; answers the index of the piece.
    pub(super) fn make(&mut self, made: Vec<u8>) -> usize {
        self.pieces.push(Piece::Made(made));
        self.pieces.len() - 1
    }

    /// Makes other bytes of a piece that was made.
    pub(super) fn remake(&mut self, index: usize, made: Vec<u8>) {
        if let Some(piece @ Piece::Made(_)) = self.pieces.get_mut(index) {
            *piece = Piece::Made(made);
        }
    }

    /// Puts bytes in behind the first `count` bytes, which were kept.
    pub(super) fn insert_behind(&mut self, count: u64, made: Vec<u8>) {
        match self.pieces.first().cloned() {
            Some(Piece::Kept { start: 0, end }) if count <= end => {
                self.pieces[0] = Piece::Kept { start: 0, end: count };
                self.pieces.insert(1, Piece::Made(made));
                if count < end {
                    self.pieces.insert(2, Piece::Kept { start: count, end });
                }
            }
            _ => {}
        }
    }

    /// Bytes of all pieces.
    pub(super) fn length(&self) -> u64 {
        let length = |piece: &Piece| match piece {
            Piece::Kept { start, end } => end - start,
            Piece::Made(made) => made.len() as u64,
        };
        self.pieces.iter().map(length).sum()
    }

    /// The pieces, if something else is left out.
    pub(super) fn without_the_rest(&self) -> Option<&[Piece]> {
        (self.leaves_out && self.pieces.len() <= MOST).then_some(&self.pieces)
    }

    /// Whether there are so many that the walk need not go on.
    pub(super) const fn are_too_many(&self) -> bool {
        self.pieces.len() > MOST
    }
}

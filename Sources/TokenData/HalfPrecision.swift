/// IEEE binary16 bits to Float, without a call into the runtime for each element.
enum HalfPrecision {
    /// The value of `bits`, exactly; infinities and NaNs stay what they are.
    static func float(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7FFF) << 13
        let sign = UInt32(bits & 0x8000) << 16
        // An exponent of all ones stays one; others move from bias 15 to 127, subnormals too.
        let value =
            magnitude >= 0x0F80_0000
            ? Float(bitPattern: magnitude | 0x7F80_0000)
            : Float(bitPattern: magnitude) * 0x1p112
        return Float(bitPattern: value.bitPattern | sign)
    }

    /// Whether `bits` are neither an infinity nor a NaN.
    static func isFinite(_ bits: UInt16) -> Bool { bits & 0x7C00 != 0x7C00 }
}

using System.Buffers;

namespace PolicyMTA.Delivery.Client;

/// <summary>Bytes on their way to a server: written in place, sent in one call. Its memory is kept between messages while it is small.</summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int Initial = 8 * 1024;
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Initial);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>Gives back what only a large message needed.</summary>
    public void Trim()
    {
        if (_bytes.Length > 2 * Initial) Release();
    }

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Grow(int sizeHint)
    {
        var need = Length + Math.Max(sizeHint, 1);
        if (need <= _bytes.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(need, _bytes.Length * 2), Initial));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
